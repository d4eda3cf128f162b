// What browsers have and TypeScript's library does not know yet.

interface RawJson { readonly rawJSON: string }

interface JSON {
  rawJSON?(text: string): RawJson;
  isRawJSON?(value: unknown): value is RawJson;
  parse(text: string, reviver: (key: string, value: any, context?: { source?: string }) => any): any;
}
