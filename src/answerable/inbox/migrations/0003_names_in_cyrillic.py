from django.db import migrations

# Under the C locale of the embedded database, pg_trgm takes only ASCII for letters: a Cyrillic name gives the index nothing
# to hold on to, and a search for one looks at every author. So the index is of the same names with each Cyrillic letter
# exchanged for an ASCII one of its own; which, matters to nobody. Letter by letter, so that a pattern for LIKE stays one.
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_ASCII = "abvgdejziyklmnoprstufhcqwx012345"

_LETTERS = f"""
CREATE FUNCTION desk_letters(words text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(desk_plain(words), '{_CYRILLIC}', '{_ASCII}');
"""
_OLD = """
CREATE INDEX author_called ON inbox_author USING gin (desk_plain(' ' || handle || ' ' || name) gin_trgm_ops)
    WHERE NOT ours
"""
_NEW = _OLD.replace("desk_plain", "desk_letters")


class Migration(migrations.Migration):
    dependencies = [("inbox", "0002_search")]

    operations = [
        migrations.RunSQL(_LETTERS, "DROP FUNCTION desk_letters(text)"),
        migrations.RunSQL("DROP INDEX author_called", _OLD),
        migrations.RunSQL(_NEW, "DROP INDEX author_called"),
    ]
