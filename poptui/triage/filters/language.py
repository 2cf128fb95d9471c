"""The filter language in words, for ``--help`` and the help screen.

It is apart from the parser, which most runs don't need.
"""

from __future__ import annotations

FILTER_HELP = """\
A filter is words and fields; a message must match all of them.
  invoice "tax return"       words in From, To or Subject; case is ignored, and
                             so are accents that you don't type
  from:  to:  subject:       words in one field: from:ann, subject:"tax return"
  domain:example.com         the sender's domain, or one below it; domain:ru
  list:python  uid:0001a2b3  the mailing list; the unique-id
  size:>1M  size:10k..1M     k, M, G; also >= < <=, and open ranges: size:5M..
  date:2024-01..2024-03      days, months or years; date:>=2024, date:today
  older:30d  newer:2h        min, h, d, w, m (30 days), y
  spam:>=5  spam:3..5        the score, 0 to 10
  is:spam                    or ham, newsletter, new, marked, tagged, protected,
                             opened, dup; is:spam|newsletter is either
  has:attachment             as far as the header shows
  header:x-mailer=~outlook   a header that contains this text; = compares all of
                             it; header:x-foo is any; this loads headers again
  /colou?r/  subject:/^re/   regular expressions
  -word  NOT word            not; OR, AND and parentheses as usual:
                             (from:ann OR from:bob) -subject:lunch older:1y
"""
