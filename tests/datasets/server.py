"""A small HTTP server that misbehaves as it is told."""

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What a path answers. `faults` are taken one a request, before the file itself is served.

    A fault is a status (with headers), "cut" (half of the body), "stall" (nothing more after half of the body),
    "trickle" (a byte at a time), "page" (a login page) or "garbage" (bytes of the right number).
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list = field(default_factory=list)
    ranges: bool = True
    length: bool = True
    tag: str | None = '"one"'
    kind: str = "application/octet-stream"
    seen: list[dict] = field(default_factory=list)
    url: str = ""


PAGE = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self):
        site = self.site
        site.seen.append(dict(self.headers))
        fault = site.faults.pop(0) if site.faults else None
        path = self.path.partition("?")[0]
        if isinstance(fault, tuple):
            return self.answer(fault[0], b"", fault[1])
        if fault in ("page", "hidden page"):
            return self.answer(200, PAGE, {"Content-Type": "text/html" if fault == "page" else site.kind})
        if path not in site.files:
            return self.answer(404, PAGE, {"Content-Type": "text/html"})
        body = site.files[path]
        return self.serve(bytes(len(body)) if fault == "garbage" else body, fault)

    def serve(self, body, fault):
        site, start, headers = self.site, 0, {"Content-Type": self.site.kind}
        if site.tag:
            headers["ETag"] = site.tag
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and site.ranges and self.headers.get("If-Range", site.tag) == site.tag:
            start = int(asked[1])
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        if start >= len(body):
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
        return self.answer(206 if start else 200, body[start:], headers, fault)

    def answer(self, status, body, headers, fault=None):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if self.site.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        sent = body[: len(body) // 2] if fault in ("cut", "stall") else body
        if fault == "trickle":
            for byte in body[:40]:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
        else:
            self.wfile.write(sent)
        self.wfile.flush()
        if fault == "stall":
            time.sleep(1.5)

    def log_message(self, *_):
        pass


@contextmanager
def serving(site: Site):
    handler = type("Handler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    # Clients that hang up are what is tested.
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
