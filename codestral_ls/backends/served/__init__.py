"""Servers that people run themselves and that take a rendered prompt: vLLM, llama.cpp, Ollama …"""
