"""Rules of the house that neither the linter nor the type checker can state."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import PACKAGE, PRODUCT_FOLDERS, REPOSITORY, files, place, python_modules

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base"}
LONGEST_MODULE = 220
# A table, not code: the whole API has to stay on one page.
LONGER_BY_DESIGN = {
    "functions/manifest.py": 600,
    "layers/keybound/python/keybound/storage/keys.py": 320,  # all keys, nobody else builds them
}
FORGEABLE_HEADER = re.compile(
    r"host|forwarded|x-forwarded(-.*)?|x-original-(host|url)|x-host", re.I
)
# Refuses foreign names (DNS rebinding) and builds nothing from what it reads.
REFUSES_BY_HOST = {"tools/devserver/dev_pages.py"}
# What frameworks compute from those headers, and API Gateway's own copy of Host.
FORGEABLE_ATTRIBUTES = {"host_url", "url_root", "base_url_from_request", "ProxyFix"}
COMPARED_IN_CONSTANT_TIME = re.compile(r"(^|_)(secret|hash)$")


def test_every_init_file_of_the_package_and_the_rooms_is_empty() -> None:
    inits = [path for path in files("__init__.py", "layers/keybound", "functions")]
    assert len(inits) >= 10
    assert [place(path) for path in inits if path.read_bytes()] == []


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    named = [
        path
        for suffix in (".py", ".js")
        for path in files(suffix, *PRODUCT_FOLDERS, "tests")
        if VAGUE_NAMES
        & {part.lower() for part in path.relative_to(REPOSITORY).with_suffix("").parts}
    ]
    assert [place(path) for path in named] == []


def test_no_folder_hides_the_constructs_package() -> None:
    assert (REPOSITORY / "infra").is_dir()
    assert not (REPOSITORY / "infra" / "constructs").exists()
    assert not (REPOSITORY / "infra" / "constructs.py").exists()


def test_no_module_outgrows_its_page() -> None:
    lengths = {place(path): len(path.read_bytes().splitlines()) for path in files(".py")}
    grown = {
        name: lines
        for name, lines in lengths.items()
        if lines > LONGER_BY_DESIGN.get(name, LONGEST_MODULE)
    }
    assert grown == {}


# --- T8: links and issuers come from settings, never from a header that a caller writes


def forgeable_reads(tree: ast.Module, in_a_room: bool) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if FORGEABLE_HEADER.fullmatch(text):
                yield node
            case ast.Constant(value="domainName" | "domain_name") if in_a_room:
                yield node
            case ast.Attribute(attr=attr) if attr in FORGEABLE_ATTRIBUTES:
                yield node
            case ast.Attribute(attr="domain_name") if in_a_room:
                yield node
            case ast.Name(id="ProxyFix"):
                yield node
            case ast.Call(keywords=keywords):
                yield from (k.value for k in keywords if k.arg == "_external")


def test_no_code_reads_a_header_that_names_our_host() -> None:
    found = [
        place(path, node)
        for path, tree in python_modules()
        if place(path) not in REFUSES_BY_HOST
        for node in forgeable_reads(tree, in_a_room=path.is_relative_to(PACKAGE))
    ]
    assert found == []


def test_no_script_reads_a_header_that_names_our_host() -> None:
    pattern = re.compile(r"""["'](host|forwarded|x-forwarded-[a-z]+)["']""", re.I)
    found = [place(p) for p in files(".js") if pattern.search(p.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "event['headers']['host']",
        "headers.get('X-Forwarded-Host')",
        "headers.get('Forwarded')",
        "event['requestContext']['domainName']",
        "request.host_url",
        "url_for('callback', _external=True)",
    ],
)
def test_the_search_finds_code_that_reads_such_a_header(source: str) -> None:
    assert list(forgeable_reads(ast.parse(source), in_a_room=True))


# --- T40: secrets and hashes are compared in constant time


def last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=func):
            return last_name(func)
    return ""


def quick_comparisons(tree: ast.Module) -> Iterator[ast.Compare]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(
            isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops
        ):
            sides = [node.left, *node.comparators]
            if any(COMPARED_IN_CONSTANT_TIME.search(last_name(side)) for side in sides):
                yield node


def test_no_secret_or_hash_is_compared_with_equals() -> None:
    """T40: `hmac.compare_digest` is the only way to compare what is secret."""
    found = [
        place(path, node)
        for path, tree in python_modules("layers/keybound", "functions")
        for node in quick_comparisons(tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    ["code_hash == given", "given != item['secret_hash']", "a.client_secret == b", "hash == x"],
)
def test_the_search_finds_a_comparison_with_equals(source: str) -> None:
    assert list(quick_comparisons(ast.parse(source)))


# --- X-Ray: powertools' Tracer would load its SDK


def test_nothing_uses_the_tracer() -> None:
    found = [
        place(path, node)
        for path, tree in python_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("aws_lambda_powertools")
        and ("tracing" in (node.module or "") or any(n.name == "Tracer" for n in node.names))
    ]
    assert found == []


def test_sources_are_found_where_the_rules_look() -> None:
    found: list[Path] = list(files(".py"))
    assert PACKAGE / "domain" / "errors.py" in found
