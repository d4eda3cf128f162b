"""The server on a database of its own, a browser without a screen, and an account for each test."""

from __future__ import annotations

import atexit
import functools
import json
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

import dynamodb_local  # noqa: E402
import local_api  # noqa: E402
import processes  # noqa: E402
from paths import CONSOLE_TOOLS, environment  # noqa: E402, F401

SECONDS_TO_START = 60
# For what the page shall show at last. The machine may be busy.
PATIENCE_MILLISECONDS = 30_000
SECONDS_FOR_BATCHES = 60


class Server:
    """The server that all tests share. What it logs is in a file."""

    def __init__(self) -> None:
        self.children: list = []
        atexit.register(processes.stop, self.children)
        database = dynamodb_local.start(None, self.children)
        # In their complete form, in which a log of a deployment would be.
        self.variables = {**environment(), **dynamodb_local.environment(database), "AWS_LAMBDA_LOG_FORMAT": "JSON"}
        self.variables.update(local_api.fill_database(self.variables, self.children))
        self.binaries = local_api.target_directory() / "debug"
        self.log = pathlib.Path(tempfile.mkdtemp(prefix="console-")) / "log"
        port = dynamodb_local.free_port()
        with open(self.log, "w") as log:
            command = [self.binaries / "server", "--listen", f"127.0.0.1:{port}", "--drain", "0"]
            server = processes.start(command, cwd=ROOT, env=self.variables, stdout=log, stderr=log)
        self.children.append(server)
        local_api.wait_for_port(port, server, SECONDS_TO_START, str(self.log))
        self.origin = f"http://127.0.0.1:{port}"

    def account(self) -> str:
        """Creates an account, and returns its secret."""
        secret = f"secret-{secrets.token_hex(12)}"
        command = [self.binaries / "profiles", "account", "create", "--name", "test", "--secret-from-stdin"]
        subprocess.run(command, env=self.variables, input=f"{secret}\n", text=True, stdout=subprocess.DEVNULL, check=True)
        return secret


@functools.cache
def server() -> Server:
    return Server()


@functools.cache
def browser():
    playwright = sync_playwright().start()
    # Debian's, because Playwright's own would be a download from elsewhere. Without a sandbox, which root cannot have.
    started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    atexit.register(playwright.stop)
    atexit.register(started.close)
    return started


class Api:
    """Requests to the API beside the page: what the page did is checked there, and not only what it shows."""

    def __init__(self, origin: str, secret: str) -> None:
        self.origin, self.secret = origin, secret

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.origin}/{path}", data, {"X-Account-Secret": self.secret}, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def ok(self, method: str, path: str, body: object = None) -> dict:
        status, answer = self.call(method, path, body)
        assert status < 300, (status, answer)
        return answer

    def upsert(self, **fields) -> str:
        return self.ok("POST", "v3/observe/hooks/profiles", fields)["profile"]["id"]

    def profile(self, **identifier) -> dict:
        return self.ok("POST", "v3/analyze/profile", {**identifier, "expand": {"company": "all"}})["profile"]

    def count(self) -> int:
        return self.ok("POST", "v3/analyze/profiles/count", {})["count"]

    def upsert_many(self, items: list, kind: str = "profiles") -> None:
        """Sends a batch, and returns when it is applied."""
        batch = self.ok("POST", f"v3/observe/hooks/{kind}/batch", {kind: items})["batch"]["id"]
        deadline = time.monotonic() + SECONDS_FOR_BATCHES
        while self.ok("GET", f"v3/observe/hooks/{kind}/batch/{batch}")["batch"]["state"] != "completed":
            assert time.monotonic() < deadline, "the batch was not applied"
            time.sleep(0.1)

    def experience(self, number: int, kind: str, profile: dict, **data) -> None:
        webhook = {"id": f"webhook-{number}", "kind": kind, "data": {"profile": profile, **data}}
        self.ok("POST", "v3/observe/hooks/experiences", webhook)


class Case(unittest.TestCase):
    """A test with an account and a tab of its own. At the end it is checked that the page met no error that nobody handled."""

    viewport = {"width": 1200, "height": 900}
    color_scheme = "light"

    def setUp(self) -> None:
        self.server = server()
        self.origin = self.server.origin
        self.secret = self.server.account()
        self.api = Api(self.origin, self.secret)
        context = browser().new_context(viewport=self.viewport, color_scheme=self.color_scheme, accept_downloads=True)
        self.addCleanup(context.close)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        self.context = context
        self.page: Page = context.new_page()
        self.requests: list = []
        self.errors: list = []
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("pageerror", lambda error: self.errors.append(error))
        self.addCleanup(lambda: self.assertEqual(self.errors, []))

    def open(self, page: str = "", sign_in: bool = True) -> None:
        self.page.goto(f"{self.origin}/console{page and f'#/{page}'}")
        if sign_in:
            self.sign_in(self.secret)
            expect(self.page.get_by_role("navigation", name="Pages")).to_be_visible()

    def sign_in(self, secret: str, action: str = "Sign in") -> None:
        self.page.get_by_label("Account secret").fill(secret)
        self.page.get_by_role("button", name=action).click()

    def go(self, page: str) -> None:
        """Shows another page of the console, and waits until it is there."""
        self.page.evaluate("hash => { location.hash = hash }", f"#/{page}")
        self.loaded()

    def loaded(self) -> None:
        expect(self.page.locator("main")).not_to_have_attribute("aria-busy", "true")

    def show_user(self, typed: str) -> None:
        self.page.get_by_label("Id, uid or e-mail").fill(typed)
        self.page.get_by_role("button", name="Show the user").click()

    def saved(self, press) -> str:
        """Returns the content of the file that is saved when the button is pressed."""
        with self.page.expect_download() as download:
            press()
        self.file_name = download.value.suggested_filename
        # As it is, line ends included.
        return pathlib.Path(download.value.path()).read_bytes().decode()

    def report(self, name: str, content: object) -> None:
        """Leaves a file of what was found, for whoever wants to see what was checked: target/console/NAME.json."""
        directory = local_api.target_directory() / "console"
        directory.mkdir(exist_ok=True)
        (directory / f"{name}.json").write_text(json.dumps(content, indent=1))

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)

    def fail_once(self, pattern: str, method: str, status: int, messages: list, headers: dict | None = None) -> list:
        """Answers the first request of this kind with an error in place of the API. Returns the list of all requests of this kind."""
        seen = []

        def answer(route) -> None:
            if route.request.method != method:
                route.fallback()
                return
            seen.append(route.request)
            if len(seen) > 1:
                route.fallback()
                return
            body = json.dumps({"code": status, "messages": messages})
            route.fulfill(status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})})

        self.page.route(pattern, answer)
        return seen
