"""What a file defines, in every language of the table and without a grammar."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.text import syntax
from codestral_ls.workspace.index import outline as outlines
from codestral_ls.workspace.index.definition import MAX_TEXT
from codestral_ls.workspace.index.grammars import GRAMMARS, Role
from codestral_ls.workspace.index.outline import MAX_DEFINITIONS, _OutlineReader, outline

SOURCES = {
    "python": '''
@dataclass
class Parcel(Base):
    """A parcel on its way.

    More of it."""

    weight: int = 0

    def load(
        self,
        scale: Scale,
    ) -> float:
        """Weigh it."""
        return scale.weigh(self)


LIMIT = 30


async def deliver(parcel: Parcel, *, fast: bool = False) -> None:
    inner = 1
''',
    "javascript": """
/** A parcel on its way. */
export class Parcel extends Base {
  weight = 0;
  load(scale) { return scale.weigh(this); }
}
const LIMIT = 30;
export const deliver = async (parcel, fast = false) => { const inner = 1; };
""",
    "typescript": """
/** A parcel on its way. */
export class Parcel extends Base {
  weight: number = 0;
  load(scale: Scale): number { return scale.weigh(this); }
}
const LIMIT = 30;
export async function deliver(parcel: Parcel, fast = false): Promise<void> { const inner = 1; }
""",
    "go": """package shop

// Parcel is a parcel on its way.
type Parcel struct {
	weight int
}

// load weighs it.
func (p *Parcel) load(scale Scale) float64 { return scale.weigh(p) }

const LIMIT = 30

func deliver(parcel *Parcel, fast bool) error { inner := 1; return nil }
""",
    "rust": """
/// A parcel on its way.
#[derive(Debug)]
pub struct Parcel { weight: u32 }

impl Parcel {
    /// Weigh it.
    pub fn load(&self, scale: &Scale) -> f64 { scale.weigh(self) }
}

const LIMIT: u32 = 30;

pub async fn deliver(parcel: &Parcel, fast: bool) { let inner = 1; }
""",
    "java": """
/** A parcel on its way. */
public class Parcel extends Base {
    static final int LIMIT = 30;
    private int weight;
    /** Weigh it. */
    double load(Scale scale) { return scale.weigh(this); }
    void deliver(Parcel parcel, boolean fast) { int inner = 1; }
}
""",
    "c": """
/* A parcel on its way. */
struct Parcel { int weight; };
#define LIMIT 30
double load(struct Parcel *parcel, struct Scale *scale);
static void deliver(struct Parcel *parcel, int fast) { int inner = 1; }
""",
    "cpp": """
namespace shop {
/// A parcel on its way.
class Parcel : public Base {
 public:
  int weight;
  double load(const Scale& scale) const;
};
#define LIMIT 30
double Parcel::load(const Scale& scale) const { return scale.weigh(*this); }
void deliver(Parcel& parcel, bool fast) { int inner = 1; }
}
""",
}


def check_defines(language_id: str, name: str, *words: str, container: str = "") -> None:
    """One of the definitions of the language's sample has the name, and its text the words."""
    texts = [
        each.text
        for each in outline(SOURCES[language_id], language_id)
        if each.name == name and each.container == container
    ]
    assert any(all(word in text for word in words) for text in texts), texts


@pytest.mark.parametrize("language_id", SOURCES)
def test_a_type_is_told_by_its_documentation_and_its_members(language_id: str) -> None:
    check_defines(language_id, "Parcel", "Parcel", "weight")
    check_defines(language_id, "Parcel", "arcel on its way.")


@pytest.mark.parametrize("language_id", SOURCES)
def test_a_function_is_told_by_its_signature_without_its_body(language_id: str) -> None:
    container = "Parcel" if language_id == "java" else ""
    check_defines(language_id, "deliver", "deliver", "parcel", "fast", container=container)
    for each in outline(SOURCES[language_id], language_id):
        assert "inner" not in each.text
        assert not each.text.endswith("{")


@pytest.mark.parametrize("language_id", SOURCES)
def test_a_method_knows_its_type(language_id: str) -> None:
    container = "" if language_id == "c" else "Parcel"
    check_defines(language_id, "load", "load", "scale", container=container)


def test_the_table_has_a_sample_for_every_language() -> None:
    kinds = {id(table) for table in GRAMMARS.values()}
    assert {id(GRAMMARS[language_id]) for language_id in SOURCES} == kinds


def test_a_python_method_loses_the_indentation_of_its_class() -> None:
    [method] = [each for each in outline(SOURCES["python"], "python") if each.name == "load"]
    assert method.text == (
        'def load(\n    self,\n    scale: Scale,\n) -> float:\n    """Weigh it."""'
    )


@pytest.mark.parametrize(
    ("language_id", "text", "names"),
    [
        ("ruby", "module Shop\n  class Parcel < Base\n    def load(scale)\n", "Shop Parcel load"),
        ("lua", "local function load(scale)\n", "load"),
        ("csharp", "class Parcel {\n  public int Load(Scale scale) {\n    Go(1);\n", "Parcel Load"),
        ("kotlin", "data class Parcel(val a: Int) {\n    fun load(s: Scale) {\n", "Parcel load"),
        ("shellscript", "deliver() {\n", "deliver"),
        ("ruby", "class Shop. it\nclass Shop::Parcel\n", "Shop Parcel"),
        ("elixir", "defmodule Shop do\n  def load(scale) do\n", "Shop load"),
    ],
)  # fmt: skip
def test_without_a_table_lines_that_look_like_definitions_are_found(
    language_id: str, text: str, names: str
) -> None:
    assert [each.name for each in outline(text, language_id)] == names.split()


def test_without_its_grammar_a_language_is_outlined_by_the_look_of_its_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(syntax, "parser_for", lambda language_id: None)
    found = {each.name: each for each in outline(SOURCES["python"], "python")}
    assert found["deliver"].text == (
        "async def deliver(parcel: Parcel, *, fast: bool = False) -> None:"
    )
    assert found["load"].container == "Parcel"
    assert "scale: Scale" in found["load"].text


@given(st.sampled_from([*SOURCES, "ruby"]), st.data())
def test_no_text_however_broken_is_too_much(language_id: str, data: st.DataObject) -> None:
    source = SOURCES.get(language_id, "def x\n")
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(source))] * 2)))
    text = source[:start] + data.draw(st.text(max_size=30)) + source[end:]
    for each in outline(text, language_id):
        assert len(each.text) <= MAX_TEXT + 200
        assert each.name


def test_generated_files_give_no_more_than_the_bound() -> None:
    text = "".join(f"def f_{number}(): pass\n" for number in range(1000))
    assert len(outline(text, "python")) == MAX_DEFINITIONS


@pytest.mark.parametrize("text", ["(" * 20_000, "class A:\n" * 3000, "x = [" + "[" * 5000])
def test_deep_nesting_ends(text: str) -> None:
    assert len(outline(text, "python")) <= MAX_DEFINITIONS


MEMBERS = {
    "res.send = function send(body) { return 1 };": "res.send",
    "Route.prototype.match = function (url) {};": "Route.match",
    "exports.load = (path) => path;": ".load",
    "exports.one = exports.two = function (path) {};": ".two",
    "module.exports = function load(path) {};": ".load",
    "module.exports = class Parcel {\n  weigh(scale) {}\n};": "Parcel.weigh",
    "const Parcel = class {\n  weigh(scale) {}\n};": "Parcel.weigh",
    "module.exports = {\n  load(path) {},\n  save: function (path) {},\n};": ".save",
    "const tools = {\n  load: (path) => path,\n};": "tools.load",
    "Object.assign(Parcel.prototype, {\n  weigh(scale) {},\n});": "Parcel.weigh",
    "var Model = Base.extend({\n  fetch: function (options) {},\n});": "Model.fetch",
    "(function (root) {\n  root.load = function (path) {};\n})(this);": ".load",
    "define(function (require) {\n  function load(path) {}\n});": ".load",
    "module.exports = function (suites) {\n  return {\n    run: function (suite) {},\n  };\n};":
        ".run",
    "function build() {\n  return { route, has };\n  function has(name) {}\n}": "build.has",
    "const build = () => {\n  const has = (name) => 1;\n  return { has };\n};": "build.has",
    "const build = () => ({\n  has(name) {},\n});": "build.has",
    "function make(root) {\n  const context = {\n    hoist(exp) {},\n  };\n  return context;\n}":
        "context.hoist",
    "function fastify() {\n  const server = {\n    put: function _put(url) {},\n  };\n}":
        "server.put",
    "function Parcel() {\n  this.weigh = function (scale) {};\n}": "Parcel.weigh",
    "class Parcel {\n  constructor() {\n    this.weigh = (scale) => 1;\n  }\n}": "Parcel.weigh",
    "function create() {\n  const app = {};\n  app.use = function (path) {};\n  return app;\n}":
        "app.use",
    "function wrap(store) {\n  return Object.assign({}, store, {\n    send(action) {},\n  });\n}":
        "wrap.send",
    "export default {\n  methods: {\n    load(path) {},\n  },\n};": "methods.load",
    "export default function () {\n  return {\n    load(path) {},\n  };\n}": ".load",
    "const slice = createSlice({\n  reducers: {\n    add(state) {},\n  },\n});": "reducers.add",
}  # fmt: skip
TYPES = [
    ("typescript", "interface App {\n  use(plugin: Plugin): this;\n}\n", "App.use"),
    ("typescript", "interface App {\n  load: (path: string) => void;\n}\n", "App.load"),
    ("typescript", "export type Context = {\n  hoist(exp: string): void;\n};\n", "Context.hoist"),
    ("typescript", "declare class A {\n  load(path: string): void;\n}\n", "A.load"),
    ("go", "type Store interface {\n\tLoad(path string) error\n}\n", "Store.Load"),
    ("cpp", "struct Parcel {\n  double weigh(int scale) { return 1; }\n};\n", "Parcel.weigh"),
    ("cpp", "struct Parcel {\n  double weigh(int scale) const;\n};\n", "Parcel.weigh"),
    ("c", "struct ops {\n  int (*load)(const char *path);\n};\n", "ops.load"),
    ("rust", "trait Store {\n    fn load(&self) -> u8;\n}\n", "Store.load"),
]
NOT_CALLED = [
    ("typescript", "interface App {\n  weight: number;\n}\n", {"App"}),
    (
        "javascript",
        "function load(path) {\n  function inner() {}\n  const x = { a: 1 };\n}",
        {"load"},
    ),
    ("javascript", "function load(path) {\n  const inner = () => 1;\n  return inner;\n}", {"load"}),
    ("go", "type Parcel struct {\n\tweight int\n}\n", {"Parcel"}),
]


@pytest.mark.parametrize(("source", "expected"), MEMBERS.items())
def test_functions_that_are_assigned_to_members_are_definitions(source: str, expected: str) -> None:
    found = [f"{each.container}.{each.name}" for each in outline(source, "javascript")]
    assert expected in found


@pytest.mark.parametrize(("language_id", "source", "expected"), TYPES)
def test_what_a_type_says_can_be_called_is_a_definition(
    language_id: str, source: str, expected: str
) -> None:
    assert expected in [f"{each.container}.{each.name}" for each in outline(source, language_id)]


@pytest.mark.parametrize(("language_id", "source", "names"), NOT_CALLED)
def test_what_is_a_functions_own_and_what_is_only_read_is_no_definition(
    language_id: str, source: str, names: set[str]
) -> None:
    assert {each.name for each in outline(source, language_id)} == names


def test_members_that_python_assigns_are_definitions() -> None:
    source = "Parcel.weigh = lambda self, scale: 1\nParcel.load = _load\nParcel.count = 3\n"
    found = [f"{each.container}.{each.name}" for each in outline(source, "python")]
    assert found == ["Parcel.weigh", "Parcel.load"]


@pytest.mark.parametrize(
    ("language_id", "source"),
    [
        ("lua", "M.load = function(path)\nend\n"),
        ("lua", "function M.load(path)\nend\n"),
        ("lua", "local load = function(path)\nend\n"),
        ("vue", "  load: function (path) {\n"),
        ("vue", "export const load = (path) => {\n"),
    ],
)
def test_without_a_table_too_functions_that_are_assigned_are_definitions(
    language_id: str, source: str
) -> None:
    assert [each.name for each in outline(source, language_id)] == ["load"]


@pytest.mark.parametrize(
    ("language_id", "piece"),
    [("python", "a;"), ("javascript", "f(() => { a; });\n"), ("c", "int a;\n"), ("go", "a\n")],
)
def test_a_bounded_number_of_nodes_is_looked_at_whatever_the_text(
    language_id: str, piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[_OutlineReader] = []
    real = _OutlineReader.__init__

    def noted(reader: _OutlineReader, source: bytes, roles: Mapping[str, Role]) -> None:
        readers.append(reader)
        real(reader, source, roles)

    monkeypatch.setattr(_OutlineReader, "__init__", noted)
    monkeypatch.setattr(outlines, "_MAX_NODES", 500)
    outline(piece * 3_000, language_id)
    assert [reader._nodes_left for reader in readers] == [0]
