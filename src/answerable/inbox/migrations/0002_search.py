from django.db import migrations

# Unaccent stands in front of each stemmer, so that a word is found with its accents and without.
# "any" is for Slovak, which PostgreSQL has no stemmer for, and for languages that are not known.
_STEMMERS = {"nb": "norwegian", "ru": "russian", "ro": "romanian", "en": "english", "any": "simple"}
_TOKENS = {
    "stem": "word, hword, hword_part",
    "whole": "numword, numhword, hword_numpart",
}


def _configuration(key, stemmer):
    dictionary = stemmer if stemmer == "simple" else f"{stemmer}_stem"
    return f"""
CREATE TEXT SEARCH CONFIGURATION desk_{key} (COPY = pg_catalog.{stemmer});
ALTER TEXT SEARCH CONFIGURATION desk_{key}
    ALTER MAPPING FOR {_TOKENS["stem"]} WITH unaccent, pg_catalog.{dictionary};
ALTER TEXT SEARCH CONFIGURATION desk_{key}
    ALTER MAPPING FOR {_TOKENS["whole"]} WITH unaccent, pg_catalog.simple;
"""


_CONFIGURATIONS = "".join(_configuration(key, stemmer) for key, stemmer in _STEMMERS.items())
_NO_CONFIGURATIONS = "".join(f"DROP TEXT SEARCH CONFIGURATION desk_{key};\n" for key in _STEMMERS)

# Bodies in the SQL standard's form are resolved now: a restore, which has no search path, needs none.
_FUNCTIONS = """
CREATE FUNCTION desk_config(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE split_part(translate(lower(language), '_', '-'), '-', 1)
        WHEN 'nb' THEN 'desk_nb'::regconfig
        WHEN 'nn' THEN 'desk_nb'::regconfig
        WHEN 'no' THEN 'desk_nb'::regconfig
        WHEN 'ru' THEN 'desk_ru'::regconfig
        WHEN 'ro' THEN 'desk_ro'::regconfig
        WHEN 'en' THEN 'desk_en'::regconfig
        ELSE 'desk_any'::regconfig
    END;
-- A tsvector holds a megabyte and raises an error beyond it; what no person reads to its end is not worth one.
CREATE FUNCTION desk_words(language text, words text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_tsvector(desk_config(language), left(words, 20000));
-- Immutable as long as nobody edits the rules of unaccent; naming the dictionary keeps it off the search path.
CREATE FUNCTION desk_plain(words text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, words));
"""
# Takes the column and both indexes along: they are made of these functions.
_NO_FUNCTIONS = """
DROP FUNCTION desk_plain(text) CASCADE;
DROP FUNCTION desk_words(text, text) CASCADE;
DROP FUNCTION desk_config(text);
"""

# No fields of the models: a page that reads a message must not fetch its words a second time (decision 0021).
_COLUMN = "ALTER TABLE inbox_message ADD COLUMN words tsvector GENERATED ALWAYS AS (desk_words(language, text)) STORED"
_WORDS = "CREATE INDEX message_words ON inbox_message USING gin (words)"
# The blank in front lets a pattern ask for the beginning of the handle as of any other word.
_CALLED = """
CREATE INDEX author_called ON inbox_author USING gin (desk_plain(' ' || handle || ' ' || name) gin_trgm_ops)
    WHERE NOT ours
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS unaccent", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.RunSQL(_CONFIGURATIONS, _NO_CONFIGURATIONS),
        migrations.RunSQL(_FUNCTIONS, _NO_FUNCTIONS),
        migrations.RunSQL(_COLUMN, migrations.RunSQL.noop),
        migrations.RunSQL(_WORDS, migrations.RunSQL.noop),
        migrations.RunSQL(_CALLED, migrations.RunSQL.noop),
    ]
