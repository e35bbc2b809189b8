"""Rows of the tables that code, pages and tests are made from (src/*/*.def): MACRO(argument, …)."""

import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"((?:[^"\\]|\\.)*)"|[\w.+-]+|[(){},]|\S', re.S)


def text(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return f.read()


def plain(literal):
    """A string of C without its escapes of quotes and backslashes."""
    return literal.replace('\\"', '"').replace('\\\\', '\\')


def named_rows(path, macros):
    """(macro, arguments) of every row: neighbouring texts are one, without quotes"""
    source = text(path)
    for m in re.finditer(rf'(?m)^({macros})\(', source):
        arguments, words, depth = [], [], 1
        for token in TOKEN.finditer(source, m.end()):
            word = token[0]
            if word.startswith(('/*', '//')):
                continue
            if word in ('(', '{'):
                depth += 1
            elif word in (')', '}'):
                depth -= 1
            if depth == 0 or (depth == 1 and word == ','):
                arguments.append(argument(words))
                words = []
                if depth == 0:
                    break
            else:
                words.append(token)
        yield m[1], arguments


def argument(words):
    if words and all(w[1] is not None for w in words):
        return ''.join(w[1] for w in words)
    return ' '.join(w[0] for w in words)


def rows(path, macros):
    """The arguments of every row."""
    return [arguments for _, arguments in named_rows(path, macros)]
