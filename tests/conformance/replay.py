"""An OCSP responder that always gives the answer in a file. PORT FILE"""

import http.server
import sys


class Replay(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(sys.argv[2], "rb") as file:
            answer = file.read()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/ocsp-response")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Replay).serve_forever()
