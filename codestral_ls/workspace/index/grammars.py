"""What the nodes of each grammar mean to an outline: one table for a language."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType


class Role(enum.Enum):
    """What a node is to an outline. Nodes without a role are not looked into."""

    CALLABLE = enum.auto()
    """Shown up to its body."""
    CONTAINER = enum.auto()
    """Shown up to its body, with a line for each member; it is looked into."""
    WHOLE = enum.auto()
    """Shown with its body: a struct, an enumeration; members of it that are called are definitions
    too."""
    VALUE = enum.auto()
    """A constant or an alias: its first line; a function bound to a name: up to its body."""
    FIELD = enum.auto()
    """Shown only as a member of its container."""
    INSIDE = enum.auto()
    """Looked into; defines nothing itself."""
    OBJECT = enum.auto()
    """An expression that may hold definitions: the object of a module's exports, the function
    around a module."""
    WRAPPER = enum.auto()
    """As ``INSIDE``, and a definition in it starts where it does: decorators, ``export``."""


def _table(**roles: str) -> Mapping[str, Role]:
    return MappingProxyType(
        {node: Role[role.upper()] for role, nodes in roles.items() for node in nodes.split()}
    )


_PYTHON = _table(
    callable="function_definition",
    container="class_definition",
    value="assignment type_alias_statement",
    inside="if_statement else_clause elif_clause try_statement except_clause block with_statement",
    wrapper="decorated_definition expression_statement",
)
_SCRIPT = _table(
    callable="function_declaration generator_function_declaration method_definition "
    "function_signature method_signature abstract_method_signature property_signature",
    container="class_declaration abstract_class_declaration internal_module module",
    whole="interface_declaration type_alias_declaration enum_declaration",
    value="variable_declarator assignment_expression pair",
    field="public_field_definition field_definition",
    inside="statement_block",
    object="call_expression object function_expression arrow_function",
    wrapper="export_statement ambient_declaration lexical_declaration variable_declaration "
    "expression_statement",
)
_C = _table(
    callable="function_definition declaration",
    container="class_specifier",
    whole="struct_specifier union_specifier enum_specifier type_definition",
    value="preproc_def preproc_function_def alias_declaration concept_definition",
    field="field_declaration",
    inside="preproc_ifdef preproc_if preproc_else preproc_elif linkage_specification "
    "declaration_list namespace_definition",
    wrapper="template_declaration",
)

GRAMMARS: Mapping[str, Mapping[str, Role]] = MappingProxyType(
    {
        "python": _PYTHON,
        "javascript": _SCRIPT,
        "javascriptreact": _SCRIPT,
        "typescript": _SCRIPT,
        "typescriptreact": _SCRIPT,
        "go": _table(
            callable="function_declaration method_declaration method_elem method_spec",
            whole="type_spec type_alias",
            value="const_spec var_spec",
            inside="var_spec_list",
            wrapper="type_declaration const_declaration var_declaration",
        ),
        "rust": _table(
            callable="function_item function_signature_item",
            container="impl_item trait_item",
            whole="struct_item enum_item union_item",
            value="type_item const_item static_item macro_definition associated_type",
            inside="mod_item foreign_mod_item declaration_list",
        ),
        "java": _table(
            callable="method_declaration constructor_declaration "
            "compact_constructor_declaration annotation_type_element_declaration",
            container="class_declaration interface_declaration record_declaration "
            "enum_declaration annotation_type_declaration",
            field="field_declaration constant_declaration enum_constant",
            inside="enum_body_declarations",
        ),
        "c": _C,
        "cpp": _C,
    }
)
"""Roles of node types, by language id."""

_FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact", "vue", "svelte"}),
    frozenset({"c", "cpp", "cuda-cpp", "objective-c"}),
    frozenset({"java", "kotlin", "scala"}),
)
"""Languages that use each other's definitions."""


def family(language_id: str) -> str:
    """A name for the languages whose definitions a language uses; its own for most."""
    for languages in _FAMILIES:
        if language_id in languages:
            return min(languages)
    return language_id
