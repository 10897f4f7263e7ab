"""The blocks of code in the documents, and who answers for each: it is run by run.py, compiled or
compared by a test in Swift, or named below with the reason why it is neither."""
import pathlib, re, sys

root = pathlib.Path(__file__).resolve().parents[2]

# What is deliberately not run here, by the beginning of its first line.
NOT_RUN = {
    ("README.md", "make run "): "the demonstration and all tests: minutes; they are what they say",
    ("README.md", "make install "): "'make test-c' does it: Tests/CLibrary/installed.sh",
    ("CONTRIBUTING.md", "PinsCommand (pins) "): "a drawing",
    ("FORMAT.md", " board ── commits/N "): "a drawing",
    ("FORMAT.md", "start = 0"): "the rule of the chunker: strict_checks.py and gear.c have it",
    ("Bindings/python/README.md", "make wheel "): "a release build; it ends by proving its wheel",
    ("Tests/ConnectServer/README.md", "cd Tests/ConnectServer "): "'make test-connect' runs both",
    ("Tests/ConnectServer/README.md", "PYTHONPATH="): "a synopsis; run.py starts the server so",
    # Its first four commands are run, and its filters are compared with the tests there are.
    ("Tests/Vectors/README.md", "python3 Tests/Vectors/strict_checks.py vectors"):
        "its last line writes the vectors: 'make vectors'",
}
# Who looks at blocks of a language; the others belong to run.py.
ARTICLES = re.compile(r"README\.md|Sources/\w+/\w+\.docc/\w+\.md")
COMPILED = {"swift": ARTICLES, "hex": re.compile(r"FORMAT\.md")}
taken = set()


def fail(document, what):
    sys.exit(f"{document}: {what}")


def documents():
    """Every document but the decisions, which are pages of their day, and tables of results. Links
    from the articles to Documentation are the same text."""
    places = ("*.md", "Documentation/*.md", "Sources/*/*.docc/*.md", "Bindings/*/*.md",
              "Examples/*/*.md", "Examples/*.md", "Tests/*/*.md", "Benchmarks/*.md")
    found = [path for place in places for path in sorted(root.glob(place))]
    return [str(path.relative_to(root)) for path in found if not path.is_symlink()]


def section(document, title):
    """The text below a heading, up to the next of its kind."""
    text = (root / document).read_text()
    mark = title.split(" ")[0]
    if f"\n{title}\n" not in "\n" + text:
        fail(document, f"there is no '{title}'")
    return re.split(rf"^{mark} ", ("\n" + text).split(f"\n{title}\n")[1], flags=re.M)[0]


def indented(text):
    """The blocks that are indented by four columns, which are for a shell."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    blocks = re.findall(r"(?<=\n\n)((?:    .*\n)+)", f"\n\n{text}\n")
    return [re.sub(r"^    ", "", block, flags=re.M) for block in blocks]


def fences(text):
    """The blocks between fences, each with its language."""
    return re.findall(r"^```(.*?)\n(.*?)^```$", text, flags=re.S | re.M)


def fenced(text, language):
    return [block for found, block in fences(text) if found.split(" ")[0] == language]


def take(document, blocks, count):
    """Says that these blocks are run, and that there are so many."""
    if len(blocks) != count:
        fail(document, f"{len(blocks)} blocks instead of {count}")
    taken.update((document, block) for block in blocks)
    return blocks


def replaced(document, text, replacements):
    for old, new in replacements.items():
        if old not in text:
            fail(document, f"'{old}' does not stand there any more")
        text = text.replace(old, str(new))
    return text


def check_all():
    """Each block has somebody who answers for it, and each reason has its block."""
    reasons, count = set(NOT_RUN), 0
    for document in documents():
        text = (root / document).read_text()
        for language, block in [("", block) for block in indented(text)] + fences(text):
            count += 1
            word = language.split(" ")[0]
            named = {key for key in NOT_RUN if key[0] == document and block.startswith(key[1])}
            reasons -= named
            compiled = word in COMPILED and COMPILED[word].fullmatch(document)
            if not named and not compiled and (document, block) not in taken:
                fail(document, "nobody runs or compiles this block (Tests/Documents):\n" + block)
    for document, start in reasons:
        fail(document, f"there is no block '{start}…', which blocks.py names")
    return count
