"""What a node of a syntax tree names and holds. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "generator_function", "class", "lambda"}
)
"""Types of values that are called."""
_CALLABLE_VALUES = frozenset({"lambda", "identifier", "attribute"})
_AROUND_OBJECTS = frozenset(
    {"return_statement", "parenthesized_expression", "as_expression", "satisfies_expression"}
)
_MOST_GIVEN = 8  # arguments that are looked at
EXPORTS = frozenset({"exports", "module.exports", "this", "module", "self", "window", "root"})
"""Objects whose members are a module's own."""


def name_of(node: Node) -> Node | None:
    """The node of the name that a definition gives."""
    name = node.child_by_field_name("name")
    if name is None and node.type == "impl_item":
        name = node.child_by_field_name("type")
    if name is None and node.type == "pair":
        name = node.child_by_field_name("key")
    if name is None:
        name = node.child_by_field_name("left")
        if name is not None and name.type == "member_expression":
            name = name.child_by_field_name("property") if body_of(node) is not None else None
        elif name is not None and name.type == "attribute":
            value = value_of(node)
            is_callable = value is not None and value.type in _CALLABLE_VALUES
            name = name.child_by_field_name("attribute") if is_callable else None
    declarator = node
    while name is None:
        inner = declarator.child_by_field_name("declarator")
        if inner is None:
            # A C declarator within attributes or parentheses.
            inner = _first_child(declarator) if "declarator" in declarator.type else None
        if inner is None:
            return None
        name = inner.child_by_field_name("name") if inner.type == "qualified_identifier" else None
        if inner.type.endswith(("identifier", "_name")) and name is None:
            name = inner
        declarator = inner
    while name.type == "qualified_identifier" and (last := name.child_by_field_name("name")):
        name = last
    if name.type == "generic_type":
        name = name.child_by_field_name("type") or name
    return name if name.type.endswith(("identifier", "_name", "constant")) else None


def _first_child(node: Node) -> Node | None:
    return node.named_children[0] if node.named_child_count else None


def value_of(node: Node) -> Node | None:
    """What a name is bound to."""
    return node.child_by_field_name("value") or node.child_by_field_name("right")


def owner_named(text: str) -> str:
    """The type or object that members are assigned to: ``Foo`` of ``Foo.prototype``, ``res``."""
    text = text.removesuffix(".prototype")
    return "" if text in EXPORTS else text.rpartition(".")[2]


def body_of(node: Node) -> Node | None:
    """The body of a definition, be it of a function that is bound to its name."""
    body = node.child_by_field_name("body")
    if body is None:
        value = value_of(node)
        if value is not None and value.type in FUNCTIONS:
            body = value.child_by_field_name("body")
    return body


def members_in(node: Node) -> Node | None:
    """The node around the members of an interface, a structure or a type of an object."""
    for field in ("body", "value", "type"):
        inner = node.child_by_field_name(field)
        if inner is not None:
            return inner.child_by_field_name("body") or inner
    return None


def is_called(node: Node) -> bool:
    """A property is called where its type is that of a function."""
    kind = node.child_by_field_name("type")
    inner = _first_child(kind) if kind is not None else None
    while inner is not None and inner.type == "parenthesized_type":
        inner = _first_child(inner)
    return inner is not None and inner.type == "function_type"


def objects_made(node: Node) -> list[Node]:
    """The object that a value is, that a function's body is or that a statement in it returns; or
    those that are given to a function there."""
    made: Node | None = node
    while made is not None and made.type in _AROUND_OBJECTS:
        made = _first_child(made)
    if made is not None and made.type == "call_expression":
        given = made.child_by_field_name("arguments")
        inner = given.named_children[:_MOST_GIVEN] if given is not None else []
        return [each for each in inner if each.type == "object"]
    return [made] if made is not None and made.type == "object" else []


def declares_function(node: Node) -> bool:
    """A C declaration is a prototype."""
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type in (
        "pointer_declarator",
        "reference_declarator",
    ):
        declarator = declarator.child_by_field_name("declarator") or _first_child(declarator)
    return declarator is not None and declarator.type == "function_declarator"
