"""A bundle is believed only when it is exactly what was signed, by whom it must be, about what it must be, and does not contradict itself.

Each tampering is really done, to a bundle that is otherwise good; those of the second table are signed again with the right key.
"""

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle import archive, judge
from pipeline.bundle.manifest import GREEN, INCOMPLETE, RED
from pipeline.errors import IntegrityError
from pipeline.workspace import ROOT
from tests import signing
from tests.signing import SHA, Files

REPORT = "evidence/sast.report.json"
PROVENANCE = "evidence/attestations/provenance.sigstore.json"


@cache
def good() -> Files:
    return signing.bundle_files()


@cache
def packed_good() -> bytes:
    return signing.pack(good())


def original(_sha: str, name: str) -> bytes:
    return (ROOT / name).read_bytes()


def check(packed: bytes, commit: str = SHA, by: Callable[[str, str], bytes | None] = original) -> tuple[str, int]:
    told, compared = judge.check(packed, signing.signer().public_key(), by, commit)
    return told.verdict, compared


def test_an_honest_bundle_is_believed_and_its_tables_are_those_of_the_commit() -> None:
    assert check(packed_good()) == (GREEN, 11)
    assert check(packed_good(), by=lambda _sha, _name: None) == (GREEN, 0)


def without(name: str) -> Files:
    return {other: each for other, each in good().items() if other != name}


def tar_of(entries: list[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """A tar as somebody else writes it, in the gzip frame of a bundle."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as tar:
        for member, content in entries:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return framed(made.getvalue())


def framed(tar: bytes) -> bytes:
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = body.compress(tar) + body.flush()
    return archive._GZIP_HEADER + squeezed + zlib.crc32(tar).to_bytes(4, "little") + (len(tar) & 0xFFFFFFFF).to_bytes(4, "little")


def entries(files: Files) -> list[tuple[tarfile.TarInfo, bytes]]:
    found = []
    for name, content in sorted(files.items()):
        member = tarfile.TarInfo(name)
        member.mode = 0o644
        found.append((member, content))
    return found


def one_more(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, link, 0o644
    return tar_of([*entries(good()), (member, b"")])


def bomb() -> bytes:
    """A little more of nothing than a bundle may hold, in a small file."""
    body = zlib.compressobj(1, zlib.DEFLATED, -15)
    block = b"\0" * (1 << 20)
    return archive._GZIP_HEADER + b"".join(body.compress(block) for _ in range((archive.MOST_BYTES >> 20) + 1)) + body.flush() + b"\0" * 8


def changed(files: Files, name: str, old: bytes, new: bytes) -> Files:
    assert files[name].count(old) >= 1, f"{old!r} is not in {name}"
    return files | {name: files[name].replace(old, new, 1)}


def flipped(name: str) -> Files:
    content = bytearray(good()[name])
    content[len(content) // 2] ^= 1
    return good() | {name: bytes(content)}


def renamed() -> Files:
    return without("evidence/lint.log") | {"evidence/lint.txt": good()["evidence/lint.log"]}


def swapped_contents() -> Files:
    return good() | {"evidence/lint.log": good()["evidence/plan.txt"], "evidence/plan.txt": good()["evidence/lint.log"]}


def by_another_key() -> Files:
    return signing.seal(good(), signing.signer("theirs"))


def other_keys_signature_under_our_name() -> Files:
    theirs = json.loads(by_another_key()[judge.SIGNATURE])
    theirs["verificationMaterial"] = json.loads(good()[judge.SIGNATURE])["verificationMaterial"]
    return good() | {judge.SIGNATURE: json.dumps(theirs).encode()}


def resummed(files: Files) -> Files:
    """With new sums, and the old signature: what somebody without the key can do."""
    return signing.seal(files) | {judge.SIGNATURE: good()[judge.SIGNATURE]}


OTHER = signing.bundle_files("b" * 40)
WITHOUT_KEY: dict[str, tuple[Callable[[], bytes], str]] = {
    "a byte of a log": (lambda: signing.pack(flipped("evidence/lint.log")), "evidence/lint.log was changed after it was signed"),
    "a byte of a report": (lambda: signing.pack(flipped(REPORT)), f"{REPORT} was changed after it was signed"),
    "a byte of the sums": (lambda: signing.pack(flipped(judge.SUMS)), "the signature is over something else"),
    "a byte of the signature": (
        lambda: signing.pack(flipped(judge.SIGNATURE)),
        "damaged|no Sigst|another key|not made by|not read|something else",
    ),
    "a renamed file": (lambda: signing.pack(renamed()), "evidence/lint.log is listed and not there"),
    "an added file": (lambda: signing.pack(good() | {"evidence/more.txt": b"x"}), "evidence/more.txt is there and not listed"),
    "a removed file": (lambda: signing.pack(without(REPORT)), f"{REPORT} is listed and not there"),
    "a removed attestation": (lambda: signing.pack(without(PROVENANCE)), "provenance.sigstore.json is listed and not there"),
    "two files' contents swapped": (lambda: signing.pack(swapped_contents()), "evidence/lint.log was changed"),
    "no sums": (lambda: signing.pack(without(judge.SUMS)), "it has no SHA256SUMS"),
    "no signature": (lambda: signing.pack(without(judge.SIGNATURE)), "it has no SHA256SUMS.sigstore.json"),
    "no manifest": (lambda: signing.pack(without(judge.MANIFEST)), "it has no manifest.json"),
    "an empty archive": (lambda: signing.pack({}), "it has no SHA256SUMS"),
    "another bundle's signature": (lambda: signing.pack(good() | {judge.SIGNATURE: OTHER[judge.SIGNATURE]}), "over something else"),
    "another bundle's sums and signature": (
        lambda: signing.pack(good() | {name: OTHER[name] for name in (judge.SUMS, judge.SIGNATURE)}),
        "was changed after it was signed",
    ),
    "another key": (lambda: signing.pack(by_another_key()), "signed by another key"),
    "another key under our name": (lambda: signing.pack(other_keys_signature_under_our_name()), "was not made by the key"),
    "the verdict, with new sums": (
        lambda: signing.pack(resummed(changed(good(), judge.MANIFEST, b'"verdict": "green"', b'"verdict": "red"'))),
        "over something else",
    ),
    "another commit's bundle": (lambda: signing.pack(OTHER), "it is of commit bbbbbbbbbbbb, asked for was aaaaaaaaaaaa"),
    "cut in half": (lambda: packed_good()[: len(packed_good()) // 2], "cut off"),
    "the last byte missing": (lambda: packed_good()[:-1], "cut off"),
    "a byte behind the end": (lambda: packed_good() + b"\0", "something follows its end"),
    "a second archive behind the end": (lambda: packed_good() * 2, "something follows its end"),
    "another gzip header": (lambda: gzip.compress(gzip.decompress(packed_good()), mtime=1), "does not begin as a bundle"),
    "no archive at all": (lambda: b"PK\3\4 something else", "does not begin as a bundle"),
    "nothing": (lambda: b"", "does not begin as a bundle"),
    "an entry twice": (lambda: tar_of([*entries(good()), entries(good())[3]]), "occurs twice"),
    "entries in another order": (lambda: tar_of(entries(good())[::-1]), "out of order"),
    "an entry's time": (lambda: tar_of([(member.replace(mtime=1), each) for member, each in entries(good())]), "its bytes are not those"),
    "an entry's owner": (lambda: tar_of([(member.replace(uname="root"), each) for member, each in entries(good())]), "its bytes are not"),
    "an extended header": (
        lambda: tar_of([(_commented(member), each) for member, each in entries(good())], tarfile.PAX_FORMAT),
        "no plain file",
    ),
    "bytes between the entries": (lambda: framed(_with_padding()), "its bytes are not those"),
    "a path out of the folder": (lambda: one_more("../../etc/cron.d/x"), "is none that an archive may have"),
    "a path in the middle": (lambda: one_more("evidence/../../x"), "is none that an archive may have"),
    "an absolute path": (lambda: one_more("/etc/passwd"), "is none that an archive may have"),
    "a name with a line break": (lambda: one_more("evidence/a\nb"), "is none that an archive may have"),
    "a name in other letters": (lambda: one_more("evidence/l\u0456nt.log"), "is none that an archive may have|no plain file"),
    "a symbolic link": (lambda: one_more("evidence/link", tarfile.SYMTYPE, "/etc/shadow"), "is no plain file"),
    "a hard link": (lambda: one_more("evidence/link", tarfile.LNKTYPE, "evidence/lint.log"), "is no plain file"),
    "a device": (lambda: one_more("evidence/null", tarfile.CHRTYPE), "is no plain file"),
    "a named pipe": (lambda: one_more("evidence/pipe", tarfile.FIFOTYPE), "is no plain file"),
    "a folder": (lambda: one_more("evidence", tarfile.DIRTYPE), "is no plain file"),
    "a bomb": (bomb, "unpacks to more than 256 MiB"),
    "more than a bundle may be": (lambda: b"\0" * (archive.MOST_PACKED + 1), "it is larger than 64 MiB"),
    "more files than a bundle may have": (
        lambda: framed(archive._tar({f"f{number}": b"" for number in range(archive.MOST_FILES + 1)})),
        "more than 5000 files",
    ),
}


def _commented(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.pax_headers = {"comment": "hidden"}
    return member


def _with_padding() -> bytes:
    """The padding behind the first entry's content holds a word."""
    tar = bytearray(archive._tar(good()))
    first = min(good())
    assert len(good()[first]) % 512
    tar[512 + len(good()[first])] = ord("x")
    return bytes(tar)


@pytest.mark.parametrize("name", sorted(WITHOUT_KEY))
def test_what_was_tampered_with_is_refused(name: str) -> None:
    make, reason = WITHOUT_KEY[name]
    with pytest.raises(IntegrityError, match=reason):
        check(make())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_flipped_bit_goes_unnoticed(data: st.DataObject) -> None:
    packed = bytearray(packed_good())
    position = data.draw(st.integers(0, len(packed) - 1))
    packed[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        # The last bits before deflate's end are padding: there the same content comes out, and that is no change.
        assert archive.unpack(bytes(packed)) == good()
    except IntegrityError:
        return


def redrawn(files: Files) -> bytes:
    """Signed by the right key, with the manifest that follows from the records."""
    return signing.pack(signing.seal(signing.draw(files)))


def signed(files: Files) -> bytes:
    """Signed by the right key, whatever the files say."""
    return signing.pack(signing.seal(files))


def attested(**changes: str) -> Files:
    """With the attestations of another image or commit."""
    made = signing.attestations(**changes)
    return good() | {f"evidence/attestations/{name}.sigstore.json": each for name, each in made.items()}


def of_another_image() -> Files:
    return attested(image_id="sha256:" + "9" * 64)


def one_of_another_image(name: str) -> Files:
    return good() | {key: each for key, each in of_another_image().items() if f"/{name}." in key}


def record(stage: str, old: bytes, new: bytes) -> Files:
    return changed(good(), f"evidence/{stage}.json", old, new)


def found_nothing_examined() -> Files:
    table = json.loads(good()[REPORT])
    table["reports"][0]["examined"] = table["reports"][0]["examined"][:3]
    return good() | {REPORT: json.dumps(table).encode()}


def hidden_finding() -> Files:
    table = json.loads(good()[REPORT])
    table["reports"][0]["findings"].append({**table["reports"][0]["findings"][0], "rule": "B999"})
    return good() | {REPORT: json.dumps(table).encode()}


FLOORS, LEDGER = "tree/policies/floors.toml", "tree/policies/exceptions.toml"
WITH_KEY: dict[str, tuple[Callable[[], bytes], str]] = {
    "the verdict turned": (
        lambda: signed(changed(good(), judge.MANIFEST, b'"verdict": "green"', b'"verdict": "red"')),
        "says red, its records give green",
    ),
    "a failure that the manifest does not tell": (lambda: signed(record("unit", b"passed", b"failed")), "says green, its records give red"),
    "a missing stage that the manifest does not tell": (
        lambda: signed(without("evidence/pentest.json")),
        "says green, its records give incomplete",
    ),
    "another commit in the manifest": (
        lambda: signed(changed(good(), judge.MANIFEST, SHA.encode(), b"c" * 40)),
        "it is of commit cccccccccccc",
    ),
    "no commit in the manifest": (lambda: signed(changed(good(), judge.MANIFEST, SHA.encode(), b"main")), "which is no commit"),
    "a field more in the manifest": (
        lambda: signed(changed(good(), judge.MANIFEST, b'"format": 1', b'"format": 1, "more": 1')),
        "its manifest is damaged",
    ),
    "another format": (lambda: signed(changed(good(), judge.MANIFEST, b'"format": 1', b'"format": 2')), "its format is 2"),
    "a record of another commit": (lambda: redrawn(record("unit", SHA.encode(), b"d" * 40)), "records of several commits"),
    "a record under another's name": (
        lambda: redrawn(good() | {"evidence/pentest.json": good()["evidence/harden.json"]}),
        "is the record of harden",
    ),
    "floors lowered": (lambda: redrawn(changed(good(), FLOORS, b"rules = 44", b"rules = 40")), "policies/floors.toml is not the one"),
    "an exception added": (
        lambda: redrawn(good() | {LEDGER: good()[LEDGER] + b"\n# and one more\n"}),
        "policies/exceptions.toml is not the one",
    ),
    "a table left out": (lambda: redrawn(without("tree/uv.lock")), "another uv.lock than this tree has|uv.lock is missing"),
    "less examined than the floor": (lambda: redrawn(found_nothing_examined()), "sast is recorded as passed, and is not: .*the floor is"),
    "a finding that no exception covers": (lambda: redrawn(hidden_finding()), "sast is recorded as passed, and is not: .*B999"),
    "a gate without its report": (lambda: redrawn(without(REPORT)), "its report is missing"),
    "another gate's report": (lambda: redrawn(good() | {REPORT: good()["evidence/iac.report.json"]}), "is no report of sast"),
    "another image in the record of the build": (lambda: redrawn(record("build", b"1" * 64, b"8" * 64)), "the provenance is of image"),
    "another manifest in the record of the build": (
        lambda: redrawn(record("build", b"2" * 64, b"8" * 64)),
        "the provenance is of manifest",
    ),
    "another image in the record of the tests": (lambda: redrawn(record("integrate", b"1" * 64, b"8" * 64)), "the record of integrate"),
    "the provenance of another image": (
        lambda: redrawn(one_of_another_image("provenance")),
        "about sha256:111.*the provenance about sha256:999",
    ),
    "the bill of materials of another image": (lambda: redrawn(one_of_another_image("sbom")), "sbom.cdx is about sha256:999"),
    "all attestations of another image": (lambda: redrawn(of_another_image()), "the provenance is of image sha256:999"),
    "attestations of another commit": (lambda: redrawn(attested(commit="e" * 40)), "the provenance is of commit eeeeeeeeeeee"),
    "a bill of materials changed": (
        lambda: redrawn(good() | {"evidence/sbom-image.cdx.json": b'{"components": []}'}),
        "is not the one that the provenance names",
    ),
    "an attestation by another key": (
        lambda: redrawn(good() | {PROVENANCE: signing.sign_statement(signing.statements()["provenance"], signing.signer("theirs"))}),
        "the attestation provenance: it was signed by another key",
    ),
    "an attestation left out": (lambda: redrawn(without(PROVENANCE)), "there is no attestation provenance"),
    "a bill of materials in the provenance's place": (
        lambda: redrawn(good() | {PROVENANCE: good()["evidence/attestations/sbom.cdx.sigstore.json"]}),
        "is a statement of another kind",
    ),
    "a policy's digest": (
        lambda: signed(changed(good(), judge.MANIFEST, b'"policies/floors.toml": "sha256:', b'"policies/floors.toml": "sha256:0')),
        "not the one that the manifest lists",
    ),
}


@pytest.mark.parametrize("name", sorted(WITH_KEY))
def test_what_contradicts_itself_is_refused_although_it_is_signed(name: str) -> None:
    make, reason = WITH_KEY[name]
    with pytest.raises(IntegrityError, match=reason):
        check(make())


def test_a_red_run_says_red_and_an_unfinished_one_incomplete() -> None:
    assert check(redrawn(record("unit", b"passed", b"failed")))[0] == RED
    assert check(redrawn(without("evidence/pentest.json")))[0] == INCOMPLETE
