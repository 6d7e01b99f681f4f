"""Look at each page of the built site in Chromium, for scripts/look-at-docs.

Chromium runs without a window. It is told what to do through its DevTools protocol.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # containers have none; the pages are this tree's
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # what asks the network fails
)
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")
SEARCHES = {
    "error_bound": "reference/reports.html",
    "get_tracking": "reference/functions.html",
    "ChronyPermissionError": "reference/errors.html",
}
PATIENCE = 60  # seconds for an answer of Chromium
HIGHEST = 2000  # pixels of a picture; a longer page is several

PICTURES_THAT_FAIL = """
Promise.all([...document.images].map(image => {
  image.loading = "eager";
  return image.decode().then(() => "", () => image.src);
})).then(sources => document.fonts.ready.then(() => sources.filter(Boolean)))
"""
LINKS_AND_ANCHORS = """({
  links: [...document.querySelectorAll("a[href]")].map(link => link.href),
  anchors: [...document.querySelectorAll("[id]")].map(element => element.id),
})"""
# On a phone an element around the article scrolls, and the root cuts off what is too wide.
TOO_WIDE = """(() => {
  const root = document.scrollingElement;
  const scrolls = element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const fixed = element => getComputedStyle(element).position === "fixed";
  const around = [root];
  let at = document.querySelector("article");
  for (; at; at = at.parentElement) if (scrolls(at)) around.push(at);
  const widest = page => {
    const apart = element => element !== page && element !== root &&
      (scrolls(element) || fixed(element) || apart(element.parentElement));
    const edge = page === root ? root.clientWidth : page.getBoundingClientRect().right;
    const wide = [...page.querySelectorAll("*")].filter(element =>
      element.getBoundingClientRect().right > edge + 1 && !apart(element));
    return wide.length ? wide.pop().outerHTML.slice(0, 100) : "an unknown element";
  };
  return around.filter(element => element.scrollWidth > element.clientWidth).map(widest);
})()"""
FOUND = """
new Promise(done => {
  const end = Date.now() + 10000;
  const look = () => {
    const links = document.querySelectorAll("#search-results ul.search a");
    const found = [...links].map(link => link.href);
    if (found.some(link => link.includes(%s)) || Date.now() > end) done(found);
    else setTimeout(look, 50);
  };
  look();
})
"""


class Browser:
    """A Chromium with one page.

    Each message of its protocol is JSON, ended by a null byte. Chromium reads from descriptor 3 and
    writes to 4, which are both one socket here.
    """

    def __init__(self, program: str, profile: str) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(PATIENCE)
        self._received = bytearray()
        self._last = 0
        self._session: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        with theirs:
            number = theirs.fileno()
            start = f'exec "$0" "$@" 3<&{number} 4>&{number}'
            self._process = subprocess.Popen(
                ["bash", "-c", start, program, *FLAGS, f"--user-data-dir={profile}"],
                pass_fds=[number],
                stderr=subprocess.DEVNULL,
            )
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def close(self) -> None:
        """End Chromium."""
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._socket.close()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return what a method of the protocol answers, and keep the events that come before."""
        self._last += 1
        request = {"id": self._last, "method": method, "params": params, **self._session}
        self._socket.sendall(json.dumps(request).encode() + b"\0")
        while (message := self._receive()).get("id") != self._last:
            self.events.append(message)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        return message["result"]

    def _receive(self) -> dict[str, Any]:
        while (end := self._received.find(b"\0")) < 0:
            part = self._socket.recv(1 << 20)
            if not part:
                raise EOFError("Chromium has ended")
            self._received += part
        message = json.loads(self._received[:end])
        del self._received[: end + 1]
        return message

    def wait_until_loaded(self) -> None:
        """Wait for the event that ends the loading of a page."""
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def show(self, url: str) -> None:
        """Load a page, and forget the events of the one before."""
        self.events.clear()
        self.ask("Page.navigate", url=url)
        self.wait_until_loaded()

    def run(self, script: str) -> Any:
        """Return the value of a script's promise in the page."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def be(self, size: tuple[int, int], scheme: str) -> None:
        """Look at the next pages as a screen of this size, whose user likes this color scheme."""
        width, height = size
        phone = size == SIZES["phone"]
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        liked = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", features=liked)

    def pictures(self) -> Generator[bytes]:
        """Yield the whole page as PNGs, from the top down."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        for top in range(0, int(size["height"]), HIGHEST):
            height = min(HIGHEST, size["height"] - top)
            part = {"x": 0, "y": top, "width": size["width"], "height": height, "scale": 1}
            shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=part)
            yield base64.b64decode(shot["data"])

    def errors(self) -> Generator[str]:
        """Yield what the page's scripts and Chromium wrote to the console as errors."""
        for event in self.events:
            details = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                thrown = details["exceptionDetails"]
                yield thrown.get("exception", {}).get("description", thrown["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and details["type"] == "error":
                yield " ".join(str(each.get("value", each)) for each in details["args"])
            elif event["method"] == "Log.entryAdded" and details["entry"]["level"] == "error":
                yield f"{details['entry']['text']} {details['entry'].get('url', '')}".strip()


@dataclass
class Page:
    """What a page refers to, and what others may refer to in it."""

    links: list[str]
    anchors: set[str]


class Look:
    """A look at a site, which is served at `home`. What is wrong is in `faults`."""

    def __init__(self, browser: Browser, site: Path, home: str, shots: Path) -> None:
        self._browser = browser
        self._site = site
        self._home = home
        self._shots = shots
        self.faults: list[str] = []

    def at_pages(self, names: list[str]) -> None:
        """Look at each page on each kind of screen, then follow its links."""
        pages = {}
        for kind, size in SIZES.items():
            for scheme in SCHEMES:
                self._browser.be(size, scheme)
                for name in names:
                    self._at_page(name, f"{kind}-{scheme}")
                    pages[self._home + name] = Page(**self._browser.run(LINKS_AND_ANCHORS))
        for page in pages.values():
            page.anchors = {*page.anchors, "", "top"}
        for url, page in pages.items():
            for link in page.links:
                if why := self._broken(link, pages):
                    self._fault(url.removeprefix(self._home), f"the link to {link} {why}")

    def for_words(self) -> None:
        """Type each word of SEARCHES into the field of the search page."""
        self._browser.be(SIZES["desktop"], "light")
        for word, page in SEARCHES.items():
            self._browser.show(f"{self._home}search.html")
            self._browser.run('document.querySelector("input[name=q]").focus()')
            self._browser.ask("Input.insertText", text=word)
            self._browser.events.clear()
            self._browser.ask(
                "Input.dispatchKeyEvent",
                type="keyDown",
                key="Enter",
                text="\r",
                windowsVirtualKeyCode=13,
            )
            self._browser.wait_until_loaded()
            found = self._browser.run(FOUND % json.dumps(page))
            if not any(page in link for link in found):
                self._fault("search.html", f"{word} finds {found}, and not {page}")
            self._note_errors("search.html")

    def _at_page(self, name: str, kind: str) -> None:
        self._browser.show(self._home + name)
        for source in self._browser.run(PICTURES_THAT_FAIL):
            self._fault(name, f"the picture {source} cannot be shown")
        for wide in self._browser.run(TOO_WIDE):
            self._fault(name, f"{kind}: it is too wide by {wide}")
        path = self._shots / kind / name.removesuffix(".html").replace("/", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        for number, png in enumerate(self._browser.pictures(), 1):
            path.with_name(f"{path.name}-{number}.png").write_bytes(png)
        self._note_errors(name)

    def _broken(self, link: str, pages: dict[str, Page]) -> str | None:
        if not link.startswith(self._home):
            return None
        url, anchor = urldefrag(link)
        if page := pages.get(url):
            return None if unquote(anchor) in page.anchors else "has no such place in it"
        path = urlsplit(url).path.lstrip("/")
        return None if (self._site / unquote(path)).is_file() else "leads nowhere"

    def _note_errors(self, name: str) -> None:
        for error in self._browser.errors():
            self._fault(name, f"in the console: {error}")

    def _fault(self, page: str, what: str) -> None:
        fault = f"{page}: {what.replace(self._home, '')}"
        if fault not in self.faults:
            self.faults.append(fault)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""


class QuietServer(ThreadingHTTPServer):
    """Bears it that a browser hangs up, as it does when the next page is asked for."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing."""


@contextmanager
def served(site: Path) -> Generator[str]:
    """Serve a folder on loopback, and yield its address."""
    with QuietServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def main() -> int:
    """Return 1 where anything is wrong with the site, and print what."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("pictures", type=Path)
    args = parser.parse_args()
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit(f"there is none of these browsers: {', '.join(BROWSERS)}")
    names = sorted(str(path.relative_to(args.site)) for path in args.site.rglob("*.html"))
    if not names:
        sys.exit(f"there is no page in {args.site}: run scripts/docs first")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        served(args.site) as home,
    ):
        browser = Browser(program, profile)
        try:
            look = Look(browser, args.site, home, args.pictures)
            look.at_pages(names)
            look.for_words()
        finally:
            browser.close()
    print(*look.faults, sep="\n")
    print(f"{len(names)} pages, {len(look.faults)} faults; pictures are in {args.pictures}")
    return bool(look.faults)


if __name__ == "__main__":
    sys.exit(main())
