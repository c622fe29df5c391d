"""What an XML parser finds in SVG files: root, title and all texts, one JSON line a file; or the parser's error."""

import json
import sys
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def facts(path):
    root = ElementTree.parse(path).getroot()
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    return {"root": root.tag, "title": root.findtext(f"{SVG}title") or "", "texts": texts}


for path in sys.argv[1:]:
    try:
        print(json.dumps(facts(path)))
    except ElementTree.ParseError as error:
        print(json.dumps({"error": f"{path}: {error}"}))
