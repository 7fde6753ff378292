#!/usr/bin/env python3
"""Prints the static tables of storage/engine/codec/TansTables.cpp: how often each of 1,024 states stands for a token.

The tables are part of the format (storage/engine/PACK.md): this shows where they come from, and is not run by the build.
A table is made for the difference of neighbouring integers, zigzagged and cut into tokens: normal and Laplace distributions
of standard deviations on a grid, and Laplace ones with more zeros.
"""
import math

STATES = 1024
TOKENS = 63  # symbol 63 is the escape
ROW = 40  # no table reaches further


def normal(x, deviation):
    return 0.5 * math.erfc(-x / (deviation * math.sqrt(2)))


def laplace(x, deviation):
    scale = deviation / math.sqrt(2)
    return 0.5 * math.exp(x / scale) if x < 0 else 1 - 0.5 * math.exp(-x / scale)


def token_range(token):
    """The first zigzagged number of a token and how many it stands for."""
    if token < 16:
        return token, 1
    exponent = 4 + (token - 16) // 2
    return (1 << exponent) | (((token - 16) & 1) << (exponent - 1)), 1 << (exponent - 1)


def probabilities(cdf, deviation, zeros):
    result = []
    for token in range(TOKENS):
        first, count = token_range(token)
        if count == 1:
            number = first // 2 if first % 2 == 0 else -(first + 1) // 2
            p = cdf(number + 0.5, deviation) - cdf(number - 0.5, deviation)
        else:
            low, high = first / 2 - 0.5, (first + count) / 2 - 0.5
            p = cdf(high, deviation) - cdf(low, deviation) + cdf(-low, deviation) - cdf(-high, deviation)
        result.append(max(0.0, p) * (1 - zeros))
    result[0] += zeros
    return result


def counts(weights):
    """Integers that add up to STATES, at least 1 where there is a weight, each change where it costs least."""
    total = sum(weights)
    result = [max(1, round(w * STATES / total)) if w > 0 else 0 for w in weights]
    while sum(result) != STATES:
        step = 1 if sum(result) < STATES else -1
        best = min(
            (i for i, c in enumerate(result) if c > (0 if step > 0 else 1)),
            key=lambda i: weights[i] * (math.log2(result[i]) - math.log2(result[i] + step)),
        )
        result[best] += step
    return result


def table(cdf, deviation, zeros=0.0):
    all_of = probabilities(cdf, deviation, zeros)
    kept = [p if p * STATES >= 0.7 else 0.0 for p in all_of]
    escape = max(0.0, sum(all_of) - sum(kept)) + 1e-4
    row = counts(kept + [escape])
    assert not any(row[ROW:TOKENS])
    return row


def main():
    tables = [table(normal, 0.2 * 1.26**i) for i in range(23)]
    tables += [table(laplace, 0.2 * 2 ** (i / 2)) for i in range(15)]
    tables += [table(laplace, d, z) for z in (0.5, 0.75, 0.9, 0.97, 0.99) for d in (1, 4, 32)]
    for row in tables:
        used = row[:ROW]
        while used and used[-1] == 0:
            used.pop()
        print("    {%d, {%s}}," % (row[TOKENS], ", ".join(map(str, used))))


main()
