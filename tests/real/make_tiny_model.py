"""Makes tiny models for real inference servers: nothing is downloaded, and the output is known.

``make_tiny_model.py KIND DIRECTORY``, with the Python of the environment that KIND is for:

- ``gguf`` (numpy, tokenizers, gguf): ``codestral.gguf``, which has Codestral's markers and, as many
  conversions of Codestral, no FIM ids; ``infill.gguf``, which has markers of its own and FIM ids
- ``hf`` (numpy, tokenizers, safetensors): a Hugging Face repository with Codestral's markers
- ``mistral`` (numpy, safetensors, mistral-common): a Mistral repository with the tokenizer of
  Codestral 22B, as mistral-common brings it

The weights are random, but attention and feed-forward add nothing, and the output matrix is built
from the embedding, so that the likeliest next token is a function of the last one: after a control
token comes SCRIPT, word for word, and then the end; within SCRIPT its rest; after anything else an
endless walk through the vocabulary. Computing costs what it costs for a real model of that size.
This shows that prompts, streams and caches are right, not that a completion is any good.
"""

# mypy: ignore-errors
# Run by environments that have numpy and gguf, which this project has no use for.

import argparse
import json
import shutil
import sysconfig
from pathlib import Path

import numpy as np

SCRIPT = "return left + (b * 7)\n"
CONTEXT = 8192
VOCABULARY = 1024
CONTROL = ["<unk>", "<s>", "</s>"] + [f"<SPECIAL_{i}>" for i in range(3, 32)]
# Where the tekken vocabularies of Mistral have them.
CODESTRAL_MARKERS = {"[PREFIX]": 14, "[MIDDLE]": 15, "[SUFFIX]": 16}
OWN_MARKERS = {"<before>": 14, "<between>": 15, "<after>": 16}
WORDS = r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"


class Shape:
    """Sizes of the network: large enough to take a moment, small enough to take no more."""

    def __init__(self, hidden: int, layers: int, heads: int) -> None:
        self.hidden, self.layers, self.heads = hidden, layers, heads
        self.head = hidden // heads
        self.feed_forward = hidden * 2


def control_tokens(markers: dict[str, int]) -> list[str]:
    names = list(CONTROL)
    for name, place in markers.items():
        names[place] = name
    return names


def make_tokenizer(control: list[str]):
    """A byte-level tokenizer trained on the standard library."""
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        pre_tokenizers,
        processors,
        trainers,
    )

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    sources = sorted(map(str, Path(sysconfig.get_paths()["stdlib"]).glob("*.py")))[:60]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=control,
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train(sources, trainer)
    special = [AddedToken(name, special=True, normalized=False) for name in control]
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 1)]
    )
    return tokenizer


def make_weights(shape: Shape, n_tokens: int, control: set[int], script: list[int], end: int):
    """Matrices by their Hugging Face names."""
    assert len(set(script)) == len(script), "a token of the script may have one successor only"
    random = np.random.default_rng(7)
    hidden = shape.hidden
    embedding = random.standard_normal((n_tokens, hidden)).astype(np.float32)
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    # All control tokens look alike, so that one row of the output matrix answers to them all.
    embedding[sorted(control)] = embedding[0]
    ordinary = [token for token in range(n_tokens) if token not in control | set(script)]
    walk = random.permutation(ordinary)
    successor = dict(zip(walk.tolist(), np.roll(walk, -1).tolist(), strict=True))
    successor |= dict(zip(script, [*script[1:], end], strict=True))
    output = np.zeros((n_tokens, hidden), np.float32)
    for token, following in successor.items():
        output[following] += embedding[token]
    output[script[0]] = embedding[0]
    weights = {
        "model.embed_tokens.weight": embedding,
        "model.norm.weight": np.ones(hidden, np.float32),
        "lm_head.weight": output * 3.0,
    }
    for layer in range(shape.layers):
        name = f"model.layers.{layer}."
        square, wide = (hidden, hidden), (shape.feed_forward, hidden)
        for part in ("input_layernorm", "post_attention_layernorm"):
            weights[f"{name}{part}.weight"] = np.ones(hidden, np.float32)
        for part, size in (
            ("self_attn.q_proj", square), ("self_attn.k_proj", square),
            ("self_attn.v_proj", square), ("mlp.gate_proj", wide), ("mlp.up_proj", wide),
        ):  # fmt: skip
            matrix = random.standard_normal(size) * 0.05
            weights[f"{name}{part}.weight"] = matrix.astype(np.float32)
        weights[f"{name}self_attn.o_proj.weight"] = np.zeros(square, np.float32)
        weights[f"{name}mlp.down_proj.weight"] = np.zeros(wide[::-1], np.float32)
    return weights


def write_gguf(path: Path, markers: dict[str, int], *, fim: bool) -> None:
    import gguf

    control = control_tokens(markers)
    tokenizer = make_tokenizer(control)
    vocabulary = tokenizer.get_vocab()
    by_id = {token: text for text, token in vocabulary.items()}
    script = tokenizer.encode(SCRIPT, add_special_tokens=False).ids
    shape = Shape(hidden=256, layers=4, heads=4)
    weights = make_weights(shape, VOCABULARY, set(range(len(control))), script, end=2)

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name(path.stem)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.head)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("tekken")
    writer.add_token_list([by_id[token] for token in range(VOCABULARY)])
    kinds = [gguf.TokenType.CONTROL] * len(control)
    kinds += [gguf.TokenType.NORMAL] * (VOCABULARY - len(control))
    writer.add_token_types([int(kind) for kind in kinds])
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in merges])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    if fim:
        for key, token in zip(("pre", "mid", "suf"), sorted(markers.values()), strict=True):
            writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", token)
    for name, matrix in weights.items():
        writer.add_tensor(_gguf_name(name), matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_name(name: str) -> str:
    for ours, theirs in (
        ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output"),
        ("model.layers", "blk"), ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"), ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
    ):  # fmt: skip
        name = name.replace(ours, theirs)
    return name


def write_hf(directory: Path) -> None:
    from safetensors.numpy import save_file

    control = control_tokens(CODESTRAL_MARKERS)
    tokenizer = make_tokenizer(control)
    script = tokenizer.encode(SCRIPT, add_special_tokens=False).ids
    shape = Shape(hidden=64, layers=2, heads=2)
    weights = make_weights(shape, VOCABULARY, set(range(len(control))), script, end=2)
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(directory / "tokenizer.json"))
    write_json(
        directory / "config.json",
        architectures=["MistralForCausalLM"], model_type="mistral", hidden_size=shape.hidden,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads, head_dim=shape.head,
        intermediate_size=shape.feed_forward, vocab_size=VOCABULARY,
        max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, rope_theta=10000.0,
        hidden_act="silu", tie_word_embeddings=False, sliding_window=None, bos_token_id=1,
        eos_token_id=2, torch_dtype="float32",
    )  # fmt: skip
    write_json(
        directory / "tokenizer_config.json",
        tokenizer_class="PreTrainedTokenizerFast", bos_token="<s>", eos_token="</s>",
        unk_token="<unk>", model_max_length=CONTEXT, clean_up_tokenization_spaces=False,
    )  # fmt: skip


def write_mistral(directory: Path) -> None:
    import mistral_common
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
    from safetensors.numpy import save_file

    shipped = Path(mistral_common.__file__).parent / "data"
    source = shipped / "mistral_instruct_tokenizer_240323.model.v3"
    shutil.copy(source, directory / "tokenizer.model.v3")
    tokenizer = MistralTokenizer.from_file(str(source)).instruct_tokenizer.tokenizer
    script = tokenizer.encode(SCRIPT, bos=False, eos=False)
    # The first 771 are control tokens and single bytes; some of SCRIPT are bytes.
    control = set(range(771)) - set(script)
    shape = Shape(hidden=64, layers=2, heads=2)
    weights = make_weights(shape, tokenizer.n_words, control, script, tokenizer.eos_id)
    renamed = {_mistral_name(name): matrix for name, matrix in weights.items()}
    save_file(renamed, directory / "consolidated.safetensors")
    write_json(
        directory / "params.json",
        dim=shape.hidden, n_layers=shape.layers, head_dim=shape.head,
        hidden_dim=shape.feed_forward, n_heads=shape.heads, n_kv_heads=shape.heads, norm_eps=1e-5,
        vocab_size=tokenizer.n_words, rope_theta=1e6, max_position_embeddings=CONTEXT,
        max_seq_len=CONTEXT, tied_embeddings=False,
    )  # fmt: skip


def _mistral_name(name: str) -> str:
    for ours, theirs in (
        ("model.embed_tokens", "tok_embeddings"), ("model.", ""), ("lm_head", "output"),
        ("input_layernorm", "attention_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_proj", "attention.wq"), ("self_attn.k_proj", "attention.wk"),
        ("self_attn.v_proj", "attention.wv"), ("self_attn.o_proj", "attention.wo"),
        ("mlp.gate_proj", "feed_forward.w1"), ("mlp.down_proj", "feed_forward.w2"),
        ("mlp.up_proj", "feed_forward.w3"),
    ):  # fmt: skip
        name = name.replace(ours, theirs)
    return name


def write_json(path: Path, **fields) -> None:
    path.write_text(json.dumps(fields, indent=1), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=["gguf", "hf", "mistral"])
    parser.add_argument("directory", type=Path)
    arguments = parser.parse_args()
    directory = arguments.directory
    directory.mkdir(parents=True, exist_ok=True)
    match arguments.kind:
        case "gguf":
            write_gguf(directory / "codestral.gguf", CODESTRAL_MARKERS, fim=False)
            write_gguf(directory / "infill.gguf", OWN_MARKERS, fim=True)
        case "hf":
            write_hf(directory)
        case "mistral":
            write_mistral(directory)


if __name__ == "__main__":
    main()
