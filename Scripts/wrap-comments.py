#!/usr/bin/env python3
"""Wraps comments of more than 100 columns, which swift-format leaves alone.

    Scripts/wrap-comments.py $(find Sources -name '*.swift' -o -name '*.[ch]')

Code lines that are still longer are printed: messages in literals, mostly.
"""
import re, sys
for path in sys.argv[1:]:
    lines = open(path).read().split("\n"); out = []; changed = False; i = 0
    while i < len(lines):
        line = lines[i]; m = re.match(r"(\s*///? ?)(.*)", line)
        if len(line) > 100 and m:
            head, text = m.groups(); cont = head
            item = re.match(r"(\s*- |\s+)", text)
            if item: cont = head + " " * len(item.group(0))
            words = (text.lstrip(" ") if item else text).split(" ")
            cur = head + (item.group(0) if item else "")
            if item: words = text[len(item.group(0)):].split(" ")
            first = True
            for w in words:
                add = w if first else " " + w
                if len(cur) + len(add) > 100:
                    out.append(cur); cur = cont + w
                else: cur += add
                first = False
            # the remainder flows into a following plain comment line of the same block
            nxt = lines[i + 1] if i + 1 < len(lines) else ""
            n = re.match(r"(\s*///? ?)(.*)", nxt)
            if n and n.group(2).strip() and not re.match(r"\s*(- |`{3}|\|)", n.group(2)) and n.group(1).rstrip() == head.rstrip() and not cur.rstrip().endswith((".", ":")):
                lines[i + 1] = cur + " " + n.group(2).strip()
            else: out.append(cur)
            changed = True
        else:
            if len(line) > 100: print(f"{path}:{len(out)+1}: {len(line)}: {line.strip()[:110]}")
            out.append(line)
        i += 1
    if changed: open(path, "w").write("\n".join(out))
