"""Which files a document's imports name, in each language, and what comes of them first."""

from __future__ import annotations

from pathlib import Path

import pytest

from codestral_ls.text.languages import language_of
from codestral_ls.workspace.index import imports
from codestral_ls.workspace.index.near import imported_files
from tests.workspace.index.shop import PARCEL, Shop

# The document, its text, and for each file that it imports, its path.
CASES = [
    ("app/main.py", "from app.parcel import load\n", "app/parcel.py"),
    ("app/main.py", "from .parcel import load\n", "app/parcel.py"),
    ("app/deep/main.py", "from ..parcel import (\n    load,\n    save as keep,\n)\n",
     "app/parcel.py"),
    ("app/main.py", "from . import parcel\n", "app/parcel.py"),
    ("app/main.py", "from app import parcel, order\n",
     "app/parcel.py app/order.py app/__init__.py"),
    ("app/main.py", "import app.parcel as p, json\n", "app/parcel.py"),
    ("tests/test_a.py", "from shop.parcel import load\n", "src/shop/parcel.py"),
    ("main.py", "from shop import Parcel\n", "shop/__init__.py"),
    ("a/main.ts", "import { load } from './parcel'\n", "a/parcel.ts"),
    ("a/main.ts", "import { load } from './parcel.js'\n", "a/parcel.ts"),
    ("a/main.tsx", "import load from '../lib'\n", "lib/index.ts"),
    ("a/main.js", "const load = require('./parcel');\n", "a/parcel.js"),
    ("a/main.js", "export * from \"./parcel\"\n", "a/parcel.js"),
    ("app/main.ts", "import { x } from '@/util/parcel'\n", "src/util/parcel.ts"),
    ("packages/a/src/x.ts", "import { y } from '@acme/parcel'\n", "packages/parcel/src/index.ts"),
    ("cmd/main.go", 'import (\n\t"fmt"\n\t"example.org/shop/parcel"\n)\n', "parcel/load.go"),
    ("cmd/main.go", 'import p "example.org/x/shop/internal/parcel"\n', "internal/parcel/a.go"),
    ("src/main.rs", "mod parcel;\nuse crate::order::Order;\n", "src/parcel.rs src/order.rs"),
    ("src/a/b.rs", "use super::parcel::{load, save};\n", "src/a/parcel.rs"),
    ("src/main.rs", "use crate::{order::{Order, Line}, parcel::Parcel};\n",
     "src/order.rs src/parcel/mod.rs"),
    ("app/src/main.rs", "use shop_core::parcel::Parcel;\n",
     "shop-core/src/parcel.rs shop-core/src/lib.rs"),
    ("src/main/java/org/a/Main.java", "import org.b.Parcel;\n", "src/main/java/org/b/Parcel.java"),
    ("src/test/java/org/a/T.java", "import static org.b.Parcel.load;\n",
     "src/main/java/org/b/Parcel.java"),
    ("src/main.c", '#include "parcel.h"\n', "src/parcel.h"),
    ("src/main.c", "#include <shop/parcel.h>\n", "include/shop/parcel.h"),
    ("src/parcel.c", "int x;\n", "src/parcel.h"),
    ("app/main.php", "use Shop\\Model\\Parcel;\n", "src/Model/Parcel.php"),
    ("app/main.rb", "require_relative 'parcel'\n", "app/parcel.rb"),
    ("bin/main.rb", 'require "shop/parcel"\n', "lib/shop/parcel.rb"),
    ("main.lua", "local p = require('shop.parcel')\n", "lua/shop/parcel.lua"),
    ("lib/main.dart", "import 'package:shop/parcel.dart';\n", "lib/parcel.dart"),
    ("app/Main.cs", "using Shop.Model;\n", "src/Model/Parcel.cs"),
    # Aliases of paths, as tsconfig.json, package.json and frameworks have them.
    ("web/src/a.ts", "import { x } from '@app/parcel'\n", "web/src/app/parcel.ts"),
    ("src/a.ts", "import { x } from '~lib/parcel'\n", "src/lib/parcel.ts"),
    ("src/a.ts", "import { x } from '$lib/parcel'\n", "src/lib/parcel.ts"),
    ("src/a.ts", "import { x } from '#internal/parcel'\n", "src/internal/parcel.ts"),
    # Workspaces: packages by their names, and by parts of these.
    ("packages/web/src/a.ts", "import x from '@acme/core/parcel'\n",
     "packages/core/src/parcel.ts"),
    ("apps/web/src/a.ts", "import { x } from '@acme/core'\n", "packages/acme-core/src/index.ts"),
    ("src/a.ts", "import p from './parts'\n", "src/parts/index.mts"),
    ("src/a.jsx", "import p from './parts'\n", "src/parts/index.jsx"),
    ("api/main.go", 'import "corp/shop/parcel"\n', "parcel/a.go"),
    ("api/main.go", 'import "shop/parcel"\n', "parcel/a.go"),
    ("app/src/main.rs", "use shop_core::parcel::load;\n", "libs/shop-core/src/parcel.rs"),
    ("crates/app/src/main.rs", "use shop_core::parcel::load;\n", "crates/core/src/parcel.rs"),
    ("src/main.rs", '#[path = "odd/place.rs"]\nmod parcel;\n', "src/odd/place.rs"),
]  # fmt: skip


def found(root: Path, document: str, text: str) -> list[str]:
    rules = imports.rules_of(language_of(Path(document).name))
    assert rules is not None
    path = f"{root.as_posix()}/{document}"
    targets = imports.targets(text, path, rules)
    files = imported_files(targets, path, root.as_posix(), rules)
    return [str(Path(file).relative_to(root)) for file in files]


@pytest.mark.parametrize(("document", "text", "expected"), CASES)
def test_imports_name_files_in_each_language(
    tmp_path: Path, document: str, text: str, expected: str
) -> None:
    for name in (document, *expected.split()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n")
    assert set(found(tmp_path, document, text)) == set(expected.split())


MANY = [
    ("a/main.ts", "import { x } from '@angular/material/m{}'\n", 30,
     "import { x } from './parcel'\n", "a/parcel.ts"),
    ("a/main.ts", "import { x } from 'library{}'\n", 150,
     "import { x } from '@/parcel'\n", "src/parcel.ts"),
    ("web/a.ts", "import { x } from '@material/m{}'\n", 100,
     "import { x } from '$lib/parcel'\n", "lib/parcel.ts"),
    ("src/main.rs", "use big_crate_{}::parcel::deep::Item;\n", 30,
     "use crate::model::User;\n", "src/model.rs"),
    ("src/a/b.rs", "use big_crate_{}::parcel::deep::Item;\n", 100,
     "use super::parcel::load;\n", "src/a/parcel.rs"),
    ("src/main.rs", "use big_crate_{}::parcel::Item;\n", 100,
     "use shop_core::parcel::load;\n", "shop-core/src/parcel.rs"),
    ("app/main.py", "from library{} import a, b, c, d, e, f, g, h\n", 40,
     "from . import parcel\n", "app/parcel.py"),
    ("app/main.py", "from library{} import a{}, b{}, c{}\n", 100,
     "from app.parcel import load\n", "app/parcel.py"),
    ("main.go", 'import "github.com/owner/library/a/b{}"\n', 100,
     'import "github.com/me/shop/internal/parcel"\n', "internal/parcel/a.go"),
    ("main.go", 'import "example.org/library/a/b{}"\n', 100,
     'import "example.org/shop/internal/parcel"\n', "internal/parcel/a.go"),
    ("src/main.c", '#include <library/a{}.h>\n', 100, '#include "parcel.h"\n', "src/parcel.h"),
    ("src/main.c", '#include "library/a{}.h"\n', 100,
     '#include <shop/parcel.h>\n', "include/shop/parcel.h"),
    ("src/main/java/org/a/Main.java", "import org.l{}.Parcel;\n", 100,
     "import org.b.Parcel;\n", "src/main/java/org/b/Parcel.java"),
    ("app/Main.cs", "using Library.A{}.B{}.C{};\n", 100,
     "using Shop.Model;\n", "src/Model/Parcel.cs"),
    ("app/main.php", "use Library\\A{}\\B{}\\C{};\n", 100,
     "use Shop\\Model\\Parcel;\n", "src/Model/Parcel.php"),
    ("app/main.rb", "require 'library{}'\n", 150, "require_relative 'parcel'\n", "app/parcel.rb"),
    ("lib/main.dart", "import 'package:library{}/a{}.dart';\n", 150,
     "import 'parcel.dart';\n", "lib/parcel.dart"),
]  # fmt: skip
"""The document, one of its imports, how many such there are, the last one, and the file of that."""


@pytest.mark.parametrize(("document", "one", "count", "last", "expected"), MANY)
def test_no_import_is_lost_behind_many_that_may_mean_more_than_one_file(
    tmp_path: Path, document: str, one: str, count: int, last: str, expected: str
) -> None:
    for name in (document, expected):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n")
    text = "".join(one.replace("{}", str(n)) for n in range(count)) + last
    assert expected in found(tmp_path, document, text)


def test_packages_of_gos_own_library_are_no_directories_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "http").mkdir()
    (tmp_path / "http" / "a.go").write_text("x\n")
    assert found(tmp_path, "main.go", 'import "net/http"\n') == []


def test_of_many_packages_that_whose_name_is_wanted_comes_first(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    lines = []
    for number in range(30):
        lines.append(f'\t"example.org/shop/part{number}"\n')
        for file in range(10):
            shop.write(
                f"part{number}/f{file}.go", f"package part{number}\n\nfunc Load{file}() {{}}\n"
            )
    path = shop.path("cmd/main.go")
    text = f"package main\n\nimport (\n{''.join(lines)})\n\nfunc main() {{\n\tpart29.Load("
    shop.indexer.opened(path, text)
    shop.indexer.focus_on(path, text, ["Load", "part29", *(f"part{n}" for n in range(29))])
    while shop.indexer.near(path)[0] < shop.indexer.near(path)[1]:
        shop.indexer.step()
    near = shop.indexer.imported_by(path)
    assert {shop.path(f"part29/f{file}.go") for file in range(10)} <= near


def three_packages(shop: Shop) -> tuple[str, str]:
    """A Go document's path and text. It imports three packages of 40 files each."""
    lines = []
    for name in ("alpha", "beta", "gamma"):
        lines.append(f'\t"example.org/shop/{name}"\n')
        for file in range(40):
            shop.write(f"{name}/f{file}.go", f"package {name}\n")
    return shop.path("cmd/main.go"), f"package main\n\nimport (\n{''.join(lines)})\n"


def n_read(shop: Shop, path: str) -> tuple[int, int]:
    """How many near files the index knew before it went on, and how many it took then."""
    known, n_all = shop.indexer.near(path, ["x"])
    n_steps = 0
    while shop.indexer.near(path, ["x"])[0] < shop.indexer.near(path, ["x"])[1]:
        shop.indexer.step()
        n_steps += 1
    return n_all - known, n_steps


def test_files_of_packages_are_read_once_however_the_cursor_moves(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    path, text = three_packages(shop)
    shop.indexer.opened(path, text)
    read = []
    for wanted in (["Load", "alpha"], ["x"], ["beta"], [], ["alpha"], ["gamma"], ["x"], ["beta"]):
        shop.indexer.focus_on(path, text, wanted)
        read.append(n_read(shop, path))
    # One step finds the files, and at first one more takes the document. Of the second package 20
    # are among the 60 that are near at first.
    assert read == [(2, 62), (0, 0), (1, 21), (0, 0), (0, 0), (1, 41), (0, 0), (0, 0)]


def test_an_import_that_is_added_lets_no_package_be_read_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    path, text = three_packages(shop)
    shop.write("delta/a.go", "package delta\n")
    shop.indexer.opened(path, text)
    for wanted in ("alpha", "beta", "gamma"):
        shop.indexer.focus_on(path, text, [wanted])
        n_read(shop, path)
    text = text.replace("\n)", '\n\t"example.org/shop/delta"\n)')
    shop.indexer.opened(path, text)
    shop.indexer.focus_on(path, text, ["delta"])
    assert n_read(shop, path) == (2, 3)
    for wanted in ("beta", "alpha", "gamma"):
        shop.indexer.focus_on(path, text, [wanted])
        assert n_read(shop, path) == (0, 0)


def test_what_is_wanted_in_one_document_is_not_wanted_in_another(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    path, text = three_packages(shop)
    other = shop.path("cmd/other.go")
    for each, wanted in ((path, "alpha"), (other, "gamma")):
        shop.indexer.opened(each, text)
        shop.indexer.focus_on(each, text, [wanted])
        n_read(shop, each)
    shop.indexer.opened(path, text + "\n")
    known, n_all = shop.indexer.near(path, ["x"])
    assert known == n_all


def test_nothing_outside_of_the_workspace_is_near(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "parcel.py").write_text("x\n")
    for text in ("from ..parcel import x\n", "from ..... import parcel\n", "import parcel\n"):
        assert found(root, "main.py", text) == []


def test_what_a_document_imports_is_known_before_the_workspace_was_walked(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write("far/away/parcel.py", PARCEL)
    shop.write("far/away/__init__.py", "from .parcel import Parcel\n")
    for number in range(5):
        shop.write(f"here/m{number}.py", "x = 1\n")
    path = shop.path("here/main.py")
    shop.indexer.opened(path, "from far.away import Parcel\n")
    shop.indexer.focus_on(path)
    assert shop.indexer.near(path) == (0, 1 + 5 + 5 + 1)
    while shop.indexer.near(path)[0] < shop.indexer.near(path)[1]:
        shop.indexer.step()
    assert not shop.indexer.has_walked
    assert shop.index.files_defining("load_parcel") == [shop.path("far/away/parcel.py")]


@pytest.mark.parametrize("name", ["secrets/parcel.py", "build/parcel.py", "out/parcel.py"])
def test_what_may_not_be_used_is_not_near_either(tmp_path: Path, name: str) -> None:
    shop = Shop(tmp_path, exclude=["secrets/"])
    shop.write(".gitignore", "build/\n")
    shop.write(name, PARCEL)
    (tmp_path / "out").mkdir(exist_ok=True)
    if name.startswith("out"):
        (tmp_path / "out" / "parcel.py").unlink()
        (tmp_path / "out").rmdir()
        (tmp_path.parent / "elsewhere").mkdir(exist_ok=True)
        (tmp_path.parent / "elsewhere" / "parcel.py").write_text(PARCEL)
        (tmp_path / "out").symlink_to(tmp_path.parent / "elsewhere")
    path = shop.path("main.py")
    shop.indexer.opened(path, f"from {Path(name).parent.name}.parcel import Parcel\n")
    shop.work()
    assert shop.index.files_defining("load_parcel") == []
    known, n_all = shop.indexer.near(path)
    assert known == n_all


def test_an_import_that_is_typed_makes_its_file_near(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write("far/parcel.py", PARCEL)
    path = shop.path("main.py")
    shop.indexer.opened(path, "x = 1\n")
    shop.work()
    known, n_all = shop.indexer.near(path)
    assert known == n_all
    shop.indexer.opened(path, "from far.parcel import Parcel\n")
    known, n_all = shop.indexer.near(path)
    assert known < n_all


@pytest.mark.parametrize(
    ("main", "passing", "text"),
    [
        ("main.ts", "compat.ts", "export { load } from './far/parcel'\n"),
        ("main.ts", "compat.ts", "import x from 'x'\nexport type {\n  A,\n} from './far/parcel'\n"),
        ("main.js", "compat.js", 'export * as parcels from "./far/parcel"\n'),
        ("src/main.rs", "src/compat.rs", "pub use crate::far::parcel::{load, save};\n"),
    ],
)
def test_what_a_module_of_any_name_passes_on_is_near(
    tmp_path: Path, main: str, passing: str, text: str
) -> None:
    shop = Shop(tmp_path)
    folder, ending = Path(main).parent, Path(main).suffix
    shop.write(passing, text)
    far = shop.write(str(folder / f"far/parcel{ending}"), "\n")
    shop.write(str(folder / f"own{ending}"), "\n")
    shop.indexer.opened(
        shop.path(main), "import { load } from './compat'\nuse crate::compat::load;\n"
    )
    shop.work()
    assert str(far) in shop.indexer.imported_by(shop.path(main))
    assert shop.path(str(folder / f"own{ending}")) not in shop.indexer.imported_by(shop.path(main))


@pytest.mark.parametrize("text", ["import parcel\nparcel.load(", "x = 1\n"])
def test_a_document_outside_of_the_workspace_comes_to_an_end(tmp_path: Path, text: str) -> None:
    shop = Shop(tmp_path / "root")
    shop.write("parcel.py", PARCEL)
    path = str(tmp_path / "elsewhere" / "main.py")
    for version in range(2):
        shop.indexer.opened(path, text + "\n" * version)
        shop.indexer.focus_on(path)
        for _ in range(50):
            shop.indexer.step()
        assert shop.indexer.is_done
        assert shop.indexer.near(path) == (0, 0)
