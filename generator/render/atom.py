"""The feed as Atom (RFC 4287)."""

from __future__ import annotations

from xml.etree import ElementTree

from generator.pages.files.feed import Feed

NAMESPACE = "http://www.w3.org/2005/Atom"


def atom(feed: Feed) -> bytes:
    """The feed as XML, UTF-8."""
    root = ElementTree.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
    _texts(root, id=feed.id, title=feed.title, updated=feed.updated)
    ElementTree.SubElement(root, "link", rel="self", type="application/atom+xml", href=feed.id)
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=feed.home)
    _texts(ElementTree.SubElement(root, "author"), name=feed.author)
    for each in feed.entries:
        entry = ElementTree.SubElement(root, "entry")
        _texts(entry, id=each.id, title=each.title, updated=each.updated, summary=each.summary)
        ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=each.id)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _texts(parent: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = text
