"""What a file defines: names with their signatures and first lines of documentation. Pure.

From the syntax tree where the language has a table in ``grammars`` and its grammar is installed;
else by patterns for its lines (``plain``). Of the body of a function that is all which others can
call: members of the objects that it makes, and functions that it hands out in them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from codestral_ls.text import syntax
from codestral_ls.text.languages import ALIASES
from codestral_ls.text.parsing import parse_whole
from codestral_ls.workspace.index import plain
from codestral_ls.workspace.index.definition import MAX_TEXT, Definition, cut
from codestral_ls.workspace.index.documentation import (
    comment_line,
    docstring_line,
    with_documentation,
)
from codestral_ls.workspace.index.enclosing import Enclosing
from codestral_ls.workspace.index.grammars import GRAMMARS, Role
from codestral_ls.workspace.index.nodes import (
    EXPORTS,
    FUNCTIONS,
    body_of,
    declares_function,
    is_called,
    members_in,
    name_of,
    objects_made,
    owner_named,
    value_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tree_sitter import Node

MAX_DEFINITIONS = 400
"""Of one file; what has more is generated."""
_MAX_NODES = 20_000
"""Looked at for one file, in a twentieth of a second. The largest files of code have two thousand
at the levels that are looked into; a text of ``a;`` has 200,000."""
_MAX_SIGNATURE = 400
_MAX_MEMBER = 160
_MAX_DEPTH = 12
_SCRIPT = GRAMMARS["javascript"]


def outline(text: str, language_id: str) -> list[Definition]:
    """The definitions of a file in order; at most ``MAX_DEFINITIONS``."""
    language_id = ALIASES.get(language_id, language_id)
    roles = GRAMMARS.get(language_id)
    parser = syntax.parser_for(language_id) if roles is not None else None
    if roles is None or parser is None:
        return plain.outline(text, language_id)[:MAX_DEFINITIONS]
    source = text.encode(errors="replace")
    tree = parse_whole(parser, source)
    if tree is None:
        return plain.outline(text, language_id)[:MAX_DEFINITIONS]
    reader = _OutlineReader(source, roles)
    reader.read(tree.root_node, Enclosing())
    return reader.found[:MAX_DEFINITIONS]


class _OutlineReader:
    """Walks a tree, depth first."""

    def __init__(self, source: bytes, roles: Mapping[str, Role]) -> None:
        self.found: list[Definition] = []
        self._source = source
        self._roles = roles
        self._nodes_left = _MAX_NODES

    def read(self, parent: Node, around: Enclosing) -> None:
        """Collect the definitions among a node's children and in them."""
        comments: list[Node] = []
        wrapper = around.wrapper
        for node in self._named_children(parent):
            kind = node.type
            if kind.endswith("comment"):
                comments.append(node)
            elif (role := self._roles.get(kind)) is not None:
                if len(self.found) >= MAX_DEFINITIONS:
                    return
                here = Enclosing(
                    around.container,
                    around.members,
                    around.depth,
                    wrapper,
                    around.doc or self._comment(comments, wrapper or node),
                )
                self._read_one(node, role, here)
                comments, wrapper = [], None
            elif kind not in ("attribute_item", "decorator"):
                comments = []

    def _named_children(self, parent: Node) -> Iterator[Node]:
        """One after another, as far as there may be more: the list of all is made at once."""
        cursor = parent.walk()
        has_more = cursor.goto_first_child()
        while has_more and self._nodes_left > 0:
            self._nodes_left -= 1
            node = cursor.node
            if node is not None and node.is_named:
                yield node
            has_more = cursor.goto_next_sibling()

    def _read_one(self, node: Node, role: Role, around: Enclosing) -> None:
        if role is Role.INSIDE or role is Role.WRAPPER:
            if around.depth < _MAX_DEPTH:
                around.depth += 1
                if role is Role.WRAPPER:
                    around.wrapper = around.wrapper or node
                else:
                    around.wrapper, around.doc = None, ""
                # A namespace keeps what it holds in its body.
                self.read(node.child_by_field_name("body") or node, around)
        elif role is Role.FIELD and not declares_function(node):
            self._add_member(around, self._text(node.start_byte, node.end_byte))
        elif role is Role.OBJECT and node.type == "object":
            self.read(node, Enclosing(around.container, None, around.depth + 1))
        elif role is Role.OBJECT and node.type in FUNCTIONS:
            self._read_nameless(node, around)
        elif role is Role.OBJECT:
            self._read_arguments(node, around)
        elif role is Role.VALUE:
            self._read_value(node, around)
        else:
            self._define(node, role, around)

    def _read_value(self, node: Node, around: Enclosing) -> None:
        """A value with a name, and what it holds: a class, an object's members, a module."""
        value = value_of(node)
        kind = value.type if value is not None else ""
        if node.type == "pair" and kind not in FUNCTIONS:
            if kind == "object" and value is not None and around.depth < _MAX_DEPTH:
                key = name_of(node)
                container = self._plain(key) if key is not None else around.container
                self.read(value, Enclosing(container, None, around.depth + 1))
            return
        self._define(node, Role.CONTAINER if kind == "class" else Role.VALUE, around)
        if value is None or around.depth >= _MAX_DEPTH:
            return
        if kind == "assignment_expression":
            around.depth += 1
            self._read_value(value, around)
            return
        name = name_of(node)
        target = node.child_by_field_name("left") or node.child_by_field_name("name")
        is_exported = target is not None and self._plain(target) in EXPORTS
        if name is None and target is not None:
            name = target.child_by_field_name("property")
        container = "" if name is None or is_exported else self._plain(name)
        if kind == "object":
            self.read(value, Enclosing(container, None, around.depth + 1))
        elif kind == "call_expression":
            self._read_arguments(value, Enclosing(container, None, around.depth))

    def _read_arguments(self, call: Node, around: Enclosing) -> None:
        """A function around a module is looked into, and so is an object of members that is given
        to one that extends something."""
        if around.depth >= _MAX_DEPTH:
            return
        given = call.child_by_field_name("arguments")
        called = call.child_by_field_name("function")
        arguments = self._named_children(given) if given is not None else iter(())
        if called is not None and called.type == "parenthesized_expression":
            arguments = itertools.chain(self._named_children(called), arguments)
        container = around.container
        for node in arguments:
            if node.type in FUNCTIONS and (body := node.child_by_field_name("body")) is not None:
                self.read(body, Enclosing(around.container, None, around.depth + 1))
            elif node.type == "object":
                self.read(node, Enclosing(container, None, around.depth + 1))
            elif node.type in ("identifier", "member_expression") and not container:
                container = owner_named(self._plain(node))

    def _plain(self, node: Node) -> str:
        """A name. What is longer is no name, and hundreds of such would be too much to keep."""
        return self._text(node.start_byte, min(node.end_byte, node.start_byte + _MAX_MEMBER))

    def _define(self, node: Node, role: Role, around: Enclosing) -> None:
        if len(self.found) >= MAX_DEFINITIONS:
            return
        if node.type == "declaration" and not declares_function(node):
            return
        if node.type == "property_signature" and not is_called(node):
            return
        name_node = name_of(node)
        if name_node is None:
            self._read_nameless(node, around)
            return
        name = self._plain(name_node)
        if not name:  # what the parser supposes to be missing
            return
        if name == "exports":
            # What a module is as a whole goes by its own name.
            value = value_of(node)
            own = value.child_by_field_name("name") if value is not None else None
            if own is None:
                self._read_nameless(node, around)
                return
            name = self._plain(own)
        container = around.container or self._owner(node, name_node)
        body = body_of(node)
        head = self._head(node, role, body, around.wrapper)
        self._add_member(around, head)
        place = len(self.found)
        text = with_documentation(head, self._docstring(body) or around.doc)
        self.found.append(Definition(name, container, node.start_point[0], text, _is_type(role)))
        if role is Role.CONTAINER and body is not None and around.depth < _MAX_DEPTH:
            members: list[str] = []
            self.read(body, Enclosing(name, members, around.depth + 1))
            whole = cut("\n".join([text, *(f"    {member}" for member in members)]), MAX_TEXT)
            self.found[place] = self.found[place]._replace(text=whole)
        elif role is Role.WHOLE and around.depth < _MAX_DEPTH:
            inside = members_in(node)
            if inside is not None:
                self.read(inside, Enclosing(name, None, around.depth + 1))
        elif body is not None and around.depth < _MAX_DEPTH and self._roles is _SCRIPT:
            self._read_made(body, Enclosing(around.container or name, None, around.depth + 1))

    def _read_nameless(self, node: Node, around: Enclosing) -> None:
        """What the one function of a module makes, which has no name of its own."""
        body = body_of(node)
        if body is not None and around.depth < _MAX_DEPTH and self._roles is _SCRIPT:
            self._read_made(body, Enclosing(around.container, None, around.depth + 1))

    def _read_made(self, body: Node, around: Enclosing) -> None:
        """What a function makes that is called from outside: members of objects, and functions of
        its own that it returns in one."""
        handed_out: set[str] = set()
        own: list[tuple[Node, Role]] = []
        for node in (body,) if objects_made(body) else self._named_children(body):
            for made in objects_made(node):
                self.read(made, around)
                handed_out.update(
                    self._plain(each)
                    for each in self._named_children(made)
                    if each.type == "shorthand_property_identifier"
                )
            if node.type == "function_declaration":
                own.append((node, Role.CALLABLE))
            elif node.type in ("lexical_declaration", "variable_declaration"):
                for each in self._named_children(node):
                    value = value_of(each)
                    if value is not None and value.type in FUNCTIONS:
                        own.append((each, Role.VALUE))
                        continue
                    variable = name_of(each)
                    container = self._plain(variable) if variable is not None else ""
                    for made in objects_made(value) if value is not None else ():
                        self.read(made, Enclosing(container, None, around.depth))
            elif node.type == "expression_statement":
                for each in self._named_children(node):
                    self._read_assigned(each, around)
        for node, role in own:
            name = name_of(node)
            if name is not None and self._plain(name) in handed_out:
                self._define(node, role, Enclosing(around.container, None, around.depth))

    def _read_assigned(self, node: Node, around: Enclosing) -> None:
        """A member that a function gives to an object, be it the one that it constructs."""
        target, value = node.child_by_field_name("left"), value_of(node)
        owner = target.child_by_field_name("object") if target is not None else None
        if owner is None or value is None or node.type != "assignment_expression":
            return
        container = around.container if owner.type == "this" else ""
        if value.type in FUNCTIONS:
            self._define(node, Role.VALUE, Enclosing(container, None, around.depth))
            return
        for made in objects_made(value):
            self.read(made, Enclosing(container or self._plain(owner), None, around.depth))

    def _head(self, node: Node, role: Role, body: Node | None, wrapper: Node | None) -> str:
        """The definition without its body, its lines less the indentation of the first."""
        first = node
        if wrapper is not None and (body or wrapper.start_point[0] == node.start_point[0]):
            first = wrapper
        start, end = first.start_byte, node.end_byte
        if role is Role.WHOLE:
            text = cut(self._text(start, min(end, start + 2 * MAX_TEXT)), MAX_TEXT)
        elif body is not None:
            end = min(body.start_byte, start + _MAX_SIGNATURE)
            text = self._text(start, end).rstrip(" \t\n{")
        else:
            text = self._text(start, min(end, start + _MAX_SIGNATURE))
            if role is Role.VALUE:
                text = text.partition("\n")[0]
        return text.replace("\n" + " " * first.start_point[1], "\n")

    def _owner(self, node: Node, name: Node) -> str:
        """The type that a definition outside of it belongs to: ``A::go``, Go's receiver."""
        scope = name.parent.child_by_field_name("scope") if name.parent is not None else None
        if scope is not None:
            return self._plain(scope)
        if name.parent is not None and name.parent.type in ("member_expression", "attribute"):
            owner = name.parent.child_by_field_name("object")
            return owner_named(self._plain(owner)) if owner is not None else ""
        receiver = node.child_by_field_name("receiver")
        if receiver is None:
            return ""
        words: list[str] = re.findall(r"\w+", self._plain(receiver))
        return next((word for word in words if word[0].isupper()), words[-1] if words else "")

    def _docstring(self, body: Node | None) -> str:
        """The first line of a Python docstring, quoted."""
        content = body
        for kind in ("block", "expression_statement", "string"):
            if content is None or content.type != kind:
                return ""
            children = self._named_children(content)
            content = next(itertools.islice(children, kind == "string", None), None)
        if content is None or content.type != "string_content":
            return ""
        end = min(content.end_byte, content.start_byte + _MAX_MEMBER)
        return docstring_line(self._text(content.start_byte, end))

    def _comment(self, comments: Sequence[Node], node: Node) -> str:
        """The first line of the comment that stands directly above a definition."""
        first = None
        row = node.start_point[0]
        for comment in reversed(comments):
            # A Rust comment ends at the start of the next line; attributes may stand between.
            if comment.end_point[0] < row - 3:
                break
            first, row = comment, comment.start_point[0] + 2
        if first is None:
            return ""
        text = self._text(first.start_byte, min(first.end_byte, first.start_byte + _MAX_MEMBER))
        return comment_line(text)

    def _add_member(self, around: Enclosing, text: str) -> None:
        if around.members is not None:
            line = " ".join(text.split())
            around.members.append(line if len(line) <= _MAX_MEMBER else line[:_MAX_MEMBER] + "…")

    def _text(self, start: int, end: int) -> str:
        return self._source[start:end].decode(errors="ignore")


def _is_type(role: Role) -> bool:
    return role in (Role.CONTAINER, Role.WHOLE)
