"""A carpool process of our own: started, given an account, a friend and a key, asked for its ledger, stopped."""

import json
import os
import selectors
import subprocess
import time

import processes

# "The relay picks changes up within a second."
PICK_UP = 1.1
PATIENCE = 30


class Relay:
    def __init__(self, program, folder, endpoints):
        """`endpoints` has the fields of each provider whose addresses are not its own."""
        self._program, self._folder = program, folder
        self._where = ["--data-dir", str(folder / "data"), "--vault", "file"]
        if endpoints:
            providers = folder / "providers.toml"
            providers.write_text(toml(endpoints), encoding="utf-8")
            self._where += ["--providers", str(providers)]
        self._key_id, self._limits = None, {}
        self._log = open(folder / "relay.log", "w", encoding="utf-8")
        self._child = self._start("serve", "--port", "0", stdin=subprocess.DEVNULL, stderr=self._log)
        try:
            self.port = self._listening_port()
        except BaseException:
            self.stop()
            raise

    def add_account(self, provider, secret, base_url):
        self._carpool(
            "account", "add", provider, "--name", "up", "--base-url", base_url, "--secret-stdin", stdin=secret
        )

    def sign_in(self, provider, sign_in):
        """Signs an account in as an owner does: opens the address that is printed, and pastes where that ends."""
        words = ["account", "login", provider, "--name", "up"]
        if sign_in.client_secret:
            words += ["--client-id", sign_in.client_id, "--client-secret-stdin"]
        child = self._start(*words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            if sign_in.client_secret:
                child.stdin.write(f"{sign_in.client_secret}\n")
                child.stdin.flush()
            line = first_line(child.stdout)
            assert line, f"carpool {' '.join(words)} ended: {child.stderr.read()}"
            pasted = sign_in.approve(json.loads(line)["authorize_url"])
            _, err = child.communicate(f"{pasted}\n", PATIENCE)
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()
        assert child.returncode == 0, f"carpool {' '.join(words)} exited {child.returncode}: {err.strip()}"

    def new_key(self):
        self._carpool("friend", "add", "alex")
        created = self._carpool("key", "create", "--friend", "alex")
        self._key_id = created["id"]
        time.sleep(PICK_UP)
        return created["key"]

    def limit(self, **flags):
        """Limits the key to these, called as on the command line, and to nothing else."""
        if flags == self._limits:
            return
        words = [word for name, value in flags.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        self._carpool("key", "set", self._key_id, "--no-limits", *words)
        time.sleep(PICK_UP)
        self._limits = flags

    def unlimit(self):
        self.limit()

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

    def _start(self, *words, stdin, stderr):
        return subprocess.Popen(
            [self._program, *words, "--json", *self._where],
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def _listening_port(self):
        line = first_line(self._child.stdout)
        assert line, f"carpool serve ended: {(self._folder / 'relay.log').read_text()}"
        event = json.loads(line)
        assert event["event"] == "listening", f"first line of carpool serve: {line}"
        return int(event["url"].rpartition(":")[2])

    def _carpool(self, *words, stdin=""):
        command = [self._program, *words, "--json", *self._where]
        code, out, err = processes.run(command, {}, self._folder, stdin, timeout=PATIENCE)
        assert code == 0, f"carpool {' '.join(words)} exited {code}: {err.strip()}"
        return json.loads(out) if out.strip() else None


def first_line(stdout):
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        assert selector.select(PATIENCE), f"carpool printed nothing within {PATIENCE} s"
    return stdout.readline()


def toml(tables):
    """Tables of strings as TOML; JSON writes such strings alike."""
    sections = (
        "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in fields.items())])
        for name, fields in tables.items()
    )
    return "\n\n".join(sections) + "\n"
