"""What a scenario is played on: one provider, one relay in front of it, and a tap in front of that."""

import tempfile
from pathlib import Path

from accounts import ACCOUNTS
from relay import Relay
from tap import Tap
from upstream.server import Upstream


class Bench:
    """Clients call the tap. In direct mode there is no relay: the provider knows the relay's paths itself."""

    def __init__(self, folder, cache, program, account):
        self.folder, self.cache, self.account = folder, cache, ACCOUNTS[account]
        rename = (lambda target: target) if program else self.account.rename
        self.upstream = Upstream(folder / "upstream.jsonl", self.account.answer, rename)
        self.relay, self.key = None, self.account.secret
        if program:
            self._start_relay(program)
        self.tap = Tap(self.relay.port if self.relay else self.upstream.port)

    def url(self, path):
        return f"http://127.0.0.1:{self.tap.port}{path}"

    def new_folder(self, name):
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))

    def work_folder(self):
        """The project that clients are asked about; an empty one."""
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        return work

    def close(self):
        self.tap.close()
        code = self.relay.stop() if self.relay else 0
        self.upstream.close()
        assert code == 0, f"carpool serve ended with {code} on SIGTERM"

    def _start_relay(self, program):
        account, base = self.account, self.upstream.url
        self.relay = Relay(program, self.folder, account.endpoints(base) if account.endpoints else {})
        try:
            if account.sign_in:
                self.relay.sign_in(account.provider, account.sign_in)
            else:
                self.relay.add_account(account.provider, account.secret, base + account.base_path)
            self.key = self.relay.new_key()
        except BaseException:
            self.relay.stop()
            raise
