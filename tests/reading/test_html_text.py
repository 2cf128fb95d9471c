"""HTML bodies to plain text: layout, links with their targets, omitted content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.mail.html.to_text import MAX_HTML_CHARACTERS, MAX_NODES, html_body
from poptui.mail.html.visibility import MAX_DEPTH
from poptui.mail.link import MAX_LINKS, MAX_TARGET_CHARACTERS, Link, link


def html_to_text(html: str, first: int = 1) -> tuple[str, tuple[Link, ...], tuple[str, ...]]:
    """Return the text, links and remarks of a body."""
    body = html_body(html, first)
    return body.text, body.links, tuple(remark.sentence for remark in body.remarks)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("just text", "just text"),
        ("<p>one\n  two</p><p>three", "one two\n\nthree"),
        ("a<br>b<br><br><br>c", "a\nb\n\nc"),
        ("<h1>Big</h1><h3>Small</h3>x", "# Big\n\n### Small\n\nx"),
        ("<div>a<div>b</div>c</div>", "a\nb\nc"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>d", "- a\n- b\n  - c\n\nd"),
        ("<ul><li><p>a</p><p>b</p></ul>", "- a\n\n  b"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("x<blockquote><p>a<blockquote>b</blockquote></blockquote>y", "x\n\n> a\n>\n> > b\n\ny"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ("<table><tr><td>a</td>\n<td>b</td></tr><tr><td>c<td>d</table>", "a | b\nc | d"),
        ("<table><tr><td><div>a</div></td><td><div>b</div></td></tr></table>", "a\nb"),
        ("<table><tr><td><table><tr><td>deep</table></table>", "deep"),
        ("<table><tr><td>a<td>&nbsp;<td>b<td>&nbsp;</table>", "a | b"),
        ("<table><tr><td>a<td>|<td>b</table>", "a | b"),
        ("<table><tr><td>•<td>a<td>b</table>", "• a | b"),
        ("<dl><dt>term<dd>meaning</dl>", "term\n    meaning"),
        ("a<hr>b", "a\n\n" + "-" * 40 + "\n\nb"),
        ("<img alt='A cat' src='http://t.example/'> x", "[A cat] x"),
        ("<img src='http://t.example/'>x<img alt=t width=1 height=1>", "x"),
        ("<script>a</script><style>b</style><title>c</title>d<!-- e -->", "d"),
        ("<p hidden>a</p><p style='Display : none'>b</p><p>c", "c"),
        (
            "<p style='visibility:hidden'>a</p><p style='opacity:0'>b</p><p style='opacity:0.5'>c",
            "c",
        ),
        ("<div style='max-height:0;overflow:hidden'>a</div>b", "b"),
        ("<div style='font-size:0px'>a<b style='font-size:14px'>b</b>c</div>", "b"),
        (
            "<form><input value=a>Name<button>b</button><select><option>c</select></form>",
            "Name [b]",
        ),
        (
            "<form><input type=submit value='Pay now'><input type=hidden value=x></form>",
            "[Pay now]",
        ),
        ("<map name=m><table><tr><td>a<p>b", "a\n\nb"),
        ("<h4> </h4>a<h6></h6><h1><b>&nbsp;</b></h1><h2>c</h2>", "a\n\n## c"),
        ("<p>a<p>&nbsp;<p>b", "a\n\nb"),
        ("<p>a<o:p>&nbsp;</o:p></p><p><o:p>&nbsp;&nbsp;</o:p></p><div>&nbsp;</div>b", "a\xa0\n\nb"),
        ("5<sup>99</sup>, 1<sup>st</sup>, H<sub>2</sub>O, x<sup>2</sup>", "5^99, 1st, H2O, x^2"),
        ("<s>1</s> <strike>2</strike> <del>3</del>", "~~1~~ ~~2~~ ~~3~~"),
        ("<ol start=4><li>a<li value=9>b<li>c</ol>", "4. a\n9. b\n10. c"),
        ("<ol start=x><li>a</ol>", "1. a"),
        (
            "<table><tr><td><table><tr><th>a<th>bb<th>c<tr><td>d<td><td>e<tr><td>f<td>g<td>h"
            "</table></table>",
            "a | bb | c\nd |    | e\nf | g  | h",
        ),
        ("<![if !mso]>a<![endif]><![=\nendif]>b", "ab"),
        ("&lt;b&gt; &amp;nbsp; &#1; caf&eacute;&nbsp;x", "<b> &nbsp; \ufffd café\xa0x"),
        ("[red]x[/nope] [@click=app.quit]y", "[red]x[/nope] [@click=app.quit]y"),
        ("<svg><title>t</title><text>u</text></svg><iframe>v</iframe>w", "w"),
        ("<template><p>a</p></template>b", "b"),
    ],
)
def test_layout(html: str, text: str) -> None:
    assert html_to_text(html)[0] == text


def test_links_are_numbered_and_list_their_targets() -> None:
    html = (
        "<a href='http://one.example/'>One</a> <a href='#here'>jump</a> <a name=x>anchor</a>"
        "<a href='http://two.example/?a=1&amp;b=2'><img src=x></a>"
        "<a href='http://one.example/'>One</a>"
    )
    text, links, _ = html_to_text(html)
    assert text == "One [1] jump anchor[image] [2]One [1]"
    assert [(link.text, link.target) for link in links] == [
        ("One", "http://one.example/"),
        ("[image]", "http://two.example/?a=1&b=2"),
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<a href='http://x.example'><p>a</p></a>b", "a [1]\n\nb"),
        ("<a href='http://x.example'><table><tr><td>a</table></a>b", "a [1]\n\nb"),
        ("<ul><li><a href='http://x.example'><div>a</div></a><li>b</ul>", "- a [1]\n- b"),
        ("<a href='http://x.example'><p>a</p><p><img width=1></p></a>b", "a [1]\n\nb"),
        ("<p>a</p><a href='http://x.example'></a><p>b", "a\n\n[1]\n\nb"),
        ("<p>a</p><a href='http://x.example'><p><img></p></a><p>b", "a\n\n[image] [1]\n\nb"),
        ("<table><tr><td>a<td><a href='http://x.example'></a><td>b</table>", "a | [1] | b"),
    ],
)
def test_the_number_of_a_link_is_beside_its_text(html: str, text: str) -> None:
    """Also if the text is a separate paragraph or table."""
    (body, (link,), _) = html_to_text(html)
    assert (body, link.target) == (text, "http://x.example")
    (found,) = (span for line in html_body(html).lines for span in line.spans)
    (line,) = (line for line in html_body(html).lines if found in line.spans)
    assert line.text[found.start : found.end] == "[1]"


def test_the_links_of_an_image_map_are_listed() -> None:
    html = (
        "<map><area href='http://a.example/' alt=Shoes><area href='http://b.example/'><area alt=x>"
        "<area href='http://evil.example' alt='bank.example'>"
    )
    text, links, _ = html_to_text(html)
    assert text == "[Shoes] [1] [part of a picture] [2] [bank.example] [3]!"
    assert [link.target for link in links][:2] == ["http://a.example/", "http://b.example/"]
    assert "bank.example" in links[2].warning


PICTURE = "http://p.example/1.png"


@pytest.mark.parametrize(
    ("html", "count"),
    [
        (f"<table><tr><td background='{PICTURE}'>x</table>", 1),
        (f"<div style=\"background:url('{PICTURE}')\">x", 1),
        (
            f"<p style='background: URL( {PICTURE} )'>x<p style='background:url(//p.example)'>",
            2,
        ),
        (f"<p style='background:url({PICTURE})'>x<p style='background:url({PICTURE})'>y", 1),
        (f"<style>.a td>p{{background:url({PICTURE}) red}}</style>x", 1),
        (f"<style>li{{list-style-image:url({PICTURE})}}</style>x", 1),
        (f"<style>@font-face{{src:url({PICTURE})}} @import url({PICTURE});</style>x", 0),
        ("<p style='background:url(data:image/png;base64,AAAA)'>x<p style='color:red'>y", 0),
    ],
)
def test_background_images_are_counted(html: str, count: int) -> None:
    _, _, remarks = html_to_text(html)
    remark = (
        "1 remote background picture is"
        if count == 1
        else f"{count} remote background pictures are"
    )
    assert (f"{remark} not fetched." in remarks) is (count > 0)


def test_link_numbering_can_continue_from_another_part() -> None:
    assert html_to_text("<a href='http://a.example'>a</a>", 5)[0] == "a [5]"


@pytest.mark.parametrize(
    ("text", "href", "names"),
    [
        ("https://bank.example/login", "https://evil.example/", "evil.example"),
        ("www.bank.com", "http://www.bank.com.evil.example/", "www.bank.com.evil.example"),
        ("Visit bank.com today", "http://evil.example", "bank.com"),
        ("bank.de", "https://evil.example", "bank.de"),
        ("here", "http://bank.example@evil.example/", "evil.example"),
        ("bank.com", "//evil.example/", "evil.example"),
        ("http://bank.example", "http:\\\\evil.example\\@bank.example", "evil.example"),
        ("раураl.com", "https://paypal.com", "раураl.com"),
        ("here", "http://xn--pypal-4ve.example/", "xn--"),
        ("a@bank.example", "mailto:b@evil.example", "b@evil.example"),
        ("here", " java\nscript:alert(1)", "javascript:"),
        ("here", "DATA:text/html,<b>", "data:"),
        ("here", "file:///etc/passwd", "file:"),
        ("here", "http://[", "malformed"),
    ],
)
def test_a_misleading_link_gets_a_warning(text: str, href: str, names: str) -> None:
    assert names in link(text, href).warning


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("bank.com", "https://www.bank.com/x"),
        ("https://bank.com", "https://login.bank.com/"),
        ("Read more", "https://anywhere.example/"),
        ("report.pdf", "https://files.example/r"),
        ("The end of it.It begins", "https://x.example/"),
        ("a@b.example", "mailto:A@b.example?subject=x"),
        ("call", "tel:+123"),
    ],
)
def test_an_honest_link_gets_no_warning(text: str, href: str) -> None:
    assert link(text, href).warning == ""


def test_a_target_is_stripped_like_in_browsers_and_cut() -> None:
    assert link("", "\x01 ht\ttp://a\n.example/ ").target == "http://a.example/"
    assert len(link("", "data:," + "a" * 1_000_000).target) == MAX_TARGET_CHARACTERS


def test_a_form_is_reported() -> None:
    _, _, remarks = html_to_text("<form action='http://evil.example/p'>x</form>")
    assert remarks == ("The message contains a form to http://evil.example/p, which is not shown.",)


def test_too_many_links_are_reported() -> None:
    html = "".join(f"<a href='http://x.example/{n}'>x</a>" for n in range(MAX_LINKS + 5))
    _, links, remarks = html_to_text(html)
    assert len(links) == MAX_LINKS
    assert remarks == (f"Only the first {MAX_LINKS} links are listed.",)


@pytest.mark.parametrize(
    "unit", ["<div>", "<blockquote>x", "<ul><li>", "<table><tr><td>", "<b><i>", "<span hidden>"]
)
def test_deep_nesting_is_cut_and_reported(unit: str) -> None:
    _, _, remarks = html_to_text("seen" + unit * 100_000)
    assert "The HTML is nested too deeply; from there on only its words are shown." in remarks


def test_words_after_the_deepest_level_are_shown() -> None:
    text, _, _ = html_to_text("seen" + "<font>" * 5000 + "<b>and</b> this<br>and that")
    assert text.split() == ["seen", "and", "this", "and", "that"]


def test_tags_in_comments_do_not_nest() -> None:
    office = "<!--[if gte mso 9]><xml>" + "<w:LsdException Locked='false'/>" * 800 + "<![endif]-->"
    text, _, remarks = html_to_text(f"{office}<table><tr><td>seen</table>")
    assert (text, remarks) == ("seen", ())


def test_the_deepest_allowed_nesting_is_laid_out() -> None:
    html = "<div>" * MAX_DEPTH + "deep" + "</div>" * MAX_DEPTH
    assert html_to_text(html) == ("deep", (), ())


def test_very_long_html_is_cut_and_reported() -> None:
    text, _, remarks = html_to_text("word " * (MAX_HTML_CHARACTERS // 4))
    assert 0 < len(text) <= MAX_HTML_CHARACTERS
    assert remarks == ("The HTML is very long; only its beginning is shown.",)


def test_too_many_elements_are_cut_and_reported() -> None:
    text, _, remarks = html_to_text("<p>x" * MAX_NODES)
    assert text.startswith("x\n\nx\n\n")
    assert remarks == ("The HTML is very long; only its beginning is shown.",)


_SOUP = """
<p> <div> </div> <a/href=http://x.example> </a> <ul> <ol> <li> </ul> <table> <tr> <td> </table>
<blockquote> </blockquote> <pre> </pre> <br> <dd> <b> </p> <img/alt=i> <h1> <form> <!-- -->
x & < > <![if <script> </script> <dt> <a/href='data:'> <span/style=font-size:0>
"""
_TAGS = st.sampled_from(_SOUP.split())


@given(st.lists(_TAGS | st.text(max_size=5), max_size=60).map(" ".join))
def test_any_tag_soup_gives_encodable_text(html: str) -> None:
    text, links, _ = html_to_text(html)
    assert text.encode("utf-8") is not None
    assert all(f"[{number}]" in text for number in range(1, len(links) + 1))
