#!/usr/bin/env python3
"""Writes a C++ file that carries files, one after the other, as one text:
embed_text.py OUTPUT.cpp HEADER NAMESPACE FUNCTION FILE..."""
import sys


def main():
    out, header, namespace, function, paths = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
    symbol = "landfall_text_" + function
    lines = [f'#include "{header}"', "", '__asm__(".section .rodata\\n.balign 16\\n.global ' + symbol + "\\n" + symbol + ':\\n"']
    for path in paths:
        lines.append(f'        ".incbin \\"{path}\\"\\n"')
    lines += [f'        ".global {symbol}_end\\n{symbol}_end:\\n.byte 0\\n.previous\\n");',
              f'extern "C" const char {symbol}[];', f'extern "C" const char {symbol}_end[];', "",
              f"namespace {namespace} {{", "", f"std::string_view {function}() {{",
              f"    return {{{symbol}, static_cast<std::size_t>({symbol}_end - {symbol})}};", "}", "",
              f"}}  // namespace {namespace}", ""]
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))


if __name__ == "__main__":
    main()
