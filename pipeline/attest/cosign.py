"""Signs with cosign and a long-lived key, offline: no transparency log, no certificate authority, no call to anybody.

The key is made once per machine and shared by its clones; a setting names a KMS key instead, and nothing else changes. Its passphrase
goes to cosign by standard input, so it stands in no argument list, no environment and no log.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline import process, store
from pipeline.attest import signature
from pipeline.errors import IntegrityError
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

_SECONDS = 60
# What an online cosign would ask services for, said to be none. Source: sigstore/protobuf-specs, SigningConfig v0.2 and TrustedRoot v0.1.
_NO_SERVICES = {"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json"}
_NO_ROOTS = {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}
# A proxy that nobody listens at: were a later cosign to call out, it would fail loudly instead of quietly.
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Signer:
    """A private key that cosign can use: its reference (a file or a KMS URI), its passphrase, and the public key to check by."""

    program: Path
    reference: str
    passphrase: str
    public: Path
    offline: bool

    def blob(self, file: Path, bundle: Path) -> None:
        """Sign a file's bytes."""
        self._sign(["sign-blob", *self._options(bundle), file], bundle)

    def statement(self, file: Path, bundle: Path) -> None:
        """Sign an in-toto statement as a DSSE envelope."""
        self._sign(["attest-blob", *self._options(bundle), f"--statement={file}", "--yes"], bundle)

    def confirm_blob(self, file: Path, bundle: Path) -> None:
        """Have cosign check what it signed: its word stands beside this project's own reading. Raises `CommandError` when it refuses."""
        self._run(["verify-blob", f"--key={self.public}", f"--bundle={bundle}", "--insecure-ignore-tlog=true", file], offline=True)

    def confirm_statement(self, bundle: Path, digest: str, kind: str) -> None:
        """As `confirm_blob`, for a statement of predicate type `kind` about the artifact with that SHA-256."""
        words: list[str | Path] = ["verify-blob-attestation", f"--key={self.public}", f"--bundle={bundle}", "--insecure-ignore-tlog=true"]
        self._run([*words, f"--type={kind}", f"--digest={digest.removeprefix('sha256:')}", "--digestAlg=sha256"], offline=True)

    def _options(self, bundle: Path) -> list[str]:
        return [f"--key={self.reference}", f"--bundle={bundle}"]

    def _sign(self, words: list[str | Path], bundle: Path) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            services, roots = Path(scratch) / "services.json", Path(scratch) / "roots.json"
            services.write_text(json.dumps(_NO_SERVICES), "ascii")
            roots.write_text(json.dumps(_NO_ROOTS), "ascii")
            first, *rest = words
            self._run(
                [first, f"--signing-config={services}", f"--trusted-root={roots}", *rest], offline=self.offline, stdin=self.passphrase
            )
        # Its own white space means nothing to anybody; one spelling leaves no room to hide a change in.
        store.write(bundle, canonical(bundle.read_bytes()))

    def _run(self, words: list[str | Path], *, offline: bool, stdin: str = "") -> None:
        process.run([self.program, *words], env=environment(offline=offline), stdin=stdin, timeout=_SECONDS, fix="read the stage's log")


def canonical(bundle: bytes) -> str:
    """A bundle in the one spelling that is kept."""
    return json.dumps(signature.strict_json(bundle), sort_keys=True, separators=(",", ":")) + "\n"


def environment(*, offline: bool) -> dict[str, str]:
    """The surroundings of cosign: the person's own settings for it stay out, and offline it finds no way to anybody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COSIGN_", "SIGSTORE_", "TUF_"))}
    return kept | ({"HTTP_PROXY": _NOWHERE, "HTTPS_PROXY": _NOWHERE, "NO_PROXY": ""} if offline else {})


def signer(place: Workspace) -> Signer:
    """Return the machine's key, made at the first call, or the key of a KMS that the setting `signing_key` names."""
    program, reference = supply.tool(place, "cosign"), place.settings.signing_key
    if reference:
        public = folder(place) / f"{store.key_of(reference)}.pub"
        if not public.is_file():
            said = process.run([program, "public-key", f"--key={reference}"], env=environment(offline=False), timeout=_SECONDS)
            store.write(public, said.stdout)
        return Signer(program, reference, "", public, offline=False)
    made = folder(place)
    with store.locked(made / "lock", wait=60, what="the signing key"):
        if not (made / "cosign.key").is_file():
            _generate(program, made)
    _require_private(made)
    return Signer(program, str(made / "cosign.key"), (made / "passphrase").read_text("ascii"), made / "cosign.pub", offline=True)


def folder(place: Workspace) -> Path:
    """Where the machine's key is kept, beside the clones' own state: a clone that is destroyed leaves it."""
    return place.state.parent / "signing"


def public_file(place: Workspace) -> Path:
    """The public key that this machine trusts. Raises `IntegrityError` when there is none yet."""
    reference = place.settings.signing_key
    path = folder(place) / (f"{store.key_of(reference)}.pub" if reference else "cosign.pub")
    if not path.is_file():
        raise IntegrityError("this machine has no signing key yet, so nothing to check by", fix="name the signer's: --key=FILE")
    return path


def _generate(program: Path, made: Path) -> None:
    """Make the pair beside its place; the private key appears last, so that a key without its passphrase never stands there."""
    made.chmod(0o700)
    passphrase = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(dir=made) as scratch:
        argv: list[str | Path] = [program, "generate-key-pair", f"--output-key-prefix={scratch}/cosign"]
        process.run(argv, env=environment(offline=True), stdin=passphrase, timeout=_SECONDS)
        new = made / "passphrase"
        new.unlink(missing_ok=True)
        new.touch(0o600)
        new.write_text(passphrase, "ascii")
        for name in ("cosign.pub", "cosign.key"):
            (Path(scratch) / name).chmod(0o644 if name.endswith("pub") else 0o600)
            (Path(scratch) / name).replace(made / name)


def _require_private(made: Path) -> None:
    for name in ("cosign.key", "passphrase"):
        path = made / name
        if not path.is_file() or path.stat().st_mode & 0o077 or path.stat().st_uid != os.geteuid():
            raise IntegrityError(f"{path} is missing, or others than its owner may read it", fix=f"rm -r {made}, and sign again")
