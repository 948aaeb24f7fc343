"""A carpool process of our own: started, given an account, a friend and a key, asked for its ledger, stopped."""

import json
import os
import selectors
import subprocess
import time

import processes

# "The relay picks changes up within a second."
PICK_UP = 1.1


class Relay:
    def __init__(self, program, folder):
        self._program, self._folder = program, folder
        self._log = open(folder / "relay.log", "w", encoding="utf-8")
        self._child = subprocess.Popen(
            [program, "serve", "--json", "--port", "0", *self._where()],
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        try:
            self.port = self._listening_port()
        except BaseException:
            self.stop()
            raise

    def add_account(self, secret, base_url):
        where = ("--base-url", base_url)
        self._carpool("account", "add", "claude", "--name", "up", *where, "--secret-stdin", stdin=secret)

    def new_key(self):
        self._carpool("friend", "add", "alex")
        key = self._carpool("key", "create", "--friend", "alex")["key"]
        time.sleep(PICK_UP)
        return key

    def ledger(self):
        """{call id: row}"""
        return {row["id"]: row for row in self._carpool("calls", "--limit", "10000")}

    def clear_account(self):
        """Ends the cool-down that a failure of the upstream has earned its account."""
        self._carpool("account", "clear", "up")
        state = self._carpool("account", "list")[0]["state"]
        assert state == "ready", f"the account is {state} after `account clear`"
        time.sleep(PICK_UP)

    def stop(self):
        self._child.terminate()
        try:
            code = self._child.wait(35)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = "no exit within 35 s of SIGTERM"
        self._child.stdout.close()
        self._log.close()
        return code

    def _where(self):
        return ["--data-dir", str(self._folder / "data"), "--vault", "file"]

    def _listening_port(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            assert selector.select(30), "carpool serve printed nothing within 30 s"
        line = self._child.stdout.readline()
        assert line, f"carpool serve ended: {(self._folder / 'relay.log').read_text()}"
        event = json.loads(line)
        assert event["event"] == "listening", f"first line of carpool serve: {line}"
        return int(event["url"].rpartition(":")[2])

    def _carpool(self, *words, stdin=""):
        command = [self._program, *words, "--json", *self._where()]
        code, out, err = processes.run(command, {}, self._folder, stdin, timeout=30)
        assert code == 0, f"carpool {' '.join(words)} exited {code}: {err.strip()}"
        return json.loads(out) if out.strip() else None
