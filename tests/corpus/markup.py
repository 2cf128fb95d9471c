"""HTML as it is sent: laid out, hidden, deceptive, broken, endless."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.sample import HTML, Sample, sample

PAGES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "headings": ("<h1>One</h1><h3>Three</h3>text", ("# One", "### Three"), ()),
    "lists": ("<ul><li>bread<li>salt</ul><ol><li>first<li>second</ol>", ("- bread", "2. second"), ()),
    "a table of data": (
        "<table><tr><th>Port<th>Time<tr><td>Skerry<td>06:35<tr><td>Quay<td>07:10</table>",
        ("Skerry", "06:35"), ()),
    "layout by tables": ("<table><tr><td><table><tr><td>deep inside</table></table>", ("deep inside",), ()),
    "a quote": ("<blockquote>she said</blockquote>I say", ("> she said", "I say"), ()),
    "preformatted": ("<pre>a\n  b\n    c</pre>", ("    c",), ()),
    "a link": ("<a href='https://quay.example/x'>here</a>", ("https://quay.example/x",), ()),
    "a link that lies": (
        "<a href='https://evil.example/'>https://bank.example/login</a>",
        ("The text names bank.example, but the link leads to evil.example",), ()),
    "a link with a user": ("<a href='https://bank.example@evil.example/'>go</a>", ("evil.example",), ()),
    "punycode": ("<a href='https://xn--bcher-kva.example/'>books</a>", ("xn--bcher-kva.example", "reads"), ()),
    "look-alikes": ("<a href='https://pаypal.example/'>pay</a>", ("may imitate another",), ()),
    "javascript": ("<a href='javascript:alert(1)'>press</a>", ("press", "javascript:"), ()),
    "data": ("<a href='data:text/html,<script>'>press</a>", ("press",), ()),
    "mailto": ("<a href='mailto:ann@example.org'>write</a>", ("mailto:ann@example.org",), ()),
    "a link without end": (f"<a href='https://quay.example/{'x' * 30_000}'>long</a>", ("long",), ()),
    "hidden by display": ("seen<p style='display:none'>HIDDEN</p>", ("seen", "hidden"), ("HIDDEN",)),
    "hidden by size": ("seen<p style='font-size:0'>HIDDEN</p>", ("seen",), ("HIDDEN",)),
    "hidden by colour": (
        "<body bgcolor=white>seen<p style='color:#fff'>HIDDEN</p>", ("seen",), ("HIDDEN",)),
    "hidden by a sheet": ("<style>.x{display:none}</style>seen<i class=x>HIDDEN</i>", ("seen",), ("HIDDEN",)),
    "hidden by attribute": ("seen<p hidden>HIDDEN</p>", ("seen",), ("HIDDEN",)),
    "a script": ("seen<script>HIDDEN()</script>", ("seen", "script"), ("HIDDEN",)),
    "a form": ("<form action='//evil.example'><input name=pin>PIN</form>", ("PIN", "form"), ()),
    "a remote picture": ("<img src='https://track.example/p.png' alt='our logo'>", ("[our logo]",), ()),
    "a pixel": ("seen<img src='https://track.example/p.gif' width=1 height=1>", ("seen", "tracking pixel"), ()),
    "a frame": ("seen<iframe src='https://evil.example'></iframe>", ("seen",), ()),
    "a picture drawn": ("seen<svg><text>HIDDEN</text></svg>", ("seen",), ("HIDDEN",)),
    "a refresh": ("<meta http-equiv=refresh content='0;url=//evil.example'>seen", ("seen",), ()),
    "a base": ("<base href='https://evil.example/'><a href='x'>go</a>", ("go",), ()),
    "conditional comments": ("<!--[if mso]>HIDDEN<![endif]-->seen<![=\nendif]>too", ("seen", "too"), ("HIDDEN",)),
    "a comment without end": ("seen<!-- HIDDEN", ("seen",), ("HIDDEN",)),
    "entities": ("&lt;b&gt; &euro; &#8364; &#x1F600; &nosuch; end", ("<b> € €", "end"), ()),
    "entities that act": ("a&#27;[31mb&#155;2Jc&#x202e;d&#0;e", ("a",), ()),
    "tags that never close": ("<p>one<p>two<b>three<i>four<td>five", ("one", "five"), ()),
    "no tags": ("only words", ("only words",), ()),
    "nothing": ("<html><body></body></html>", ("(no text)",), ()),
    "a tag without end": ("seen <a href='x", ("seen",), ()),
    "an attribute without end": (f"seen<p title='{'x' * 500_000}'>too</p>", ("seen", "too"), ()),
    "NUL in tags": ("se\0en<b\0>too", ("en",), ()),
    "a CDATA": ("seen<![CDATA[ some ]]>too", ("seen", "too"), ()),
    "right to left": ("<p dir=rtl>שלום לכולם</p>", ("שלום",), ()),
    "markup of the terminal": ("[red]x[/red] [@click=app.quit]y[/] [/nope]", ("[red]x[/red]", "[/nope]"), ()),
    "5,000 levels": ("<div>" * 5000 + "deep", ("nested too deeply",), ()),
    "20,000 empty spans": ("seen" + "<span></span> " * 20_000 + "end", ("seen",), ()),
    "30,000 rows": ("<table>" + "<tr><td>cell<td>cell" * 30_000 + "</table>", ("cell",), ()),
    "10,000 links": ("".join(f"<a href='http://x.example/{n}'>l</a> " for n in range(10_000)), ("Only the first",), ()),
    "tables in tables": ("<table><tr><td>" * 200 + "inside" + "</table>" * 200, ("inside",), ()),
}  # fmt: skip


def samples() -> Iterator[Sample]:
    """Yield each page as a separate message."""
    for name, (page, shows, hides) in PAGES.items():
        yield sample(f"html: {name}", HTML, page, *shows, hides=hides)
