package io.tilefold.ingest.kafka;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The envelope in which Debezium's JSON converter puts a mutation of a table: what it did, when, and where in the value the images of the row lie, which it leaves to
 * {@link JsonRowDecoder}. Bare, or under {@code payload} beside {@code schema}; fields in any order.
 *
 * <pre>
 *   {"before": {...} | null, "after": {...} | null, "source": {"ts_ms": 981000000000, ...}, "op": "c", ...}
 * </pre>
 *
 * Strict: a field given twice, an image that is no object, anything but exactly one object is refused. Unknown fields are skipped, and so are records that are no mutations:
 * rows of a snapshot ({@code r}), messages ({@code m}), tombstones. Of an insert {@code before} is not looked at, of a delete {@code after}.
 *
 * <p>Reused; confined to one thread.
 */
final class MutationEnvelope {
    private final JsonFactory json = new JsonFactory();
    private final Set<Part> seen = EnumSet.noneOf(Part.class);
    private @Nullable JsonSpan before;
    private @Nullable JsonSpan after;
    private @Nullable String op;
    private @Nullable Long timeMs;
    private Kind kind = Kind.INSERT;

    /** What a mutation does to its row. */
    enum Kind {
        INSERT,
        UPDATE,
        DELETE
    }

    private enum Part {
        BEFORE,
        AFTER,
        SOURCE,
        OP,
        PAYLOAD;

        private final String field = name().toLowerCase(Locale.ROOT);

        static @Nullable Part of(String field) {
            for (Part part : values()) {
                if (part.field.equals(field)) {
                    return part;
                }
            }
            return null;
        }
    }

    /**
     * Reads an envelope; false if it is of no mutation.
     *
     * @throws UndecodableException saying what is wrong; the images are then of no use
     */
    boolean read(byte @Nullable [] value) throws UndecodableException {
        seen.clear();
        before = null;
        after = null;
        op = null;
        timeMs = null;
        if (value == null) {
            return false;
        }
        try (JsonParser parser = json.createParser(value)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new UndecodableException("not a JSON object but " + JsonRowDecoder.describe(parser));
            }
            readFields(parser);
            if (parser.nextToken() != null) {
                throw new UndecodableException("more than one JSON object");
            }
        } catch (IOException e) {
            throw UndecodableException.malformed(e);
        }
        return isMutation();
    }

    private void readFields(JsonParser parser) throws IOException, UndecodableException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            Part part = Part.of(parser.currentName());
            JsonToken token = parser.nextToken();
            if (part == null) {
                parser.skipChildren();
                continue;
            }
            if (!seen.add(part)) {
                throw twice(part.field);
            }
            switch (part) {
                case BEFORE -> before = token == JsonToken.VALUE_NULL ? null : JsonSpan.pass(parser, part.field);
                case AFTER -> after = token == JsonToken.VALUE_NULL ? null : JsonSpan.pass(parser, part.field);
                case SOURCE -> readSource(parser);
                case OP -> op = text(parser);
                case PAYLOAD -> readPayload(parser);
            }
        }
    }

    // A field both beside and in the payload appears twice: which one holds nobody can say.
    private void readPayload(JsonParser parser) throws IOException, UndecodableException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new UndecodableException("field payload is no object but " + JsonRowDecoder.describe(parser));
        }
        readFields(parser);
    }

    private void readSource(JsonParser parser) throws IOException, UndecodableException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new UndecodableException("field source is no object but " + JsonRowDecoder.describe(parser));
        }
        boolean timed = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isTime = parser.currentName().equals("ts_ms");
            JsonToken token = parser.nextToken();
            if (!isTime) {
                parser.skipChildren();
                continue;
            }
            if (timed) {
                throw twice("source.ts_ms");
            }
            timed = true;
            if (token != JsonToken.VALUE_NULL) {
                timeMs = milliseconds(parser);
            }
        }
    }

    private static long milliseconds(JsonParser parser) throws IOException, UndecodableException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
                || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw new UndecodableException(
                    "field source.ts_ms is " + JsonRowDecoder.describe(parser) + ": epoch milliseconds are expected");
        }
        return parser.getLongValue();
    }

    private static @Nullable String text(JsonParser parser) throws IOException, UndecodableException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new UndecodableException("field op is no string but " + JsonRowDecoder.describe(parser));
        }
        return parser.getText();
    }

    private static UndecodableException twice(String field) {
        return new UndecodableException("field " + field + " appears twice");
    }

    private boolean isMutation() throws UndecodableException {
        String what = op;
        if (what == null) {
            throw new UndecodableException("no op: Debezium's envelope is expected, with before, after, source and op");
        }
        switch (what) {
            case "r", "m" -> {
                return false;
            }
            case "c" -> kind = Kind.INSERT;
            case "u" -> kind = Kind.UPDATE;
            case "d" -> kind = Kind.DELETE;
            case "t" ->
                throw new UndecodableException("op t: the table was truncated; values stand until the next batch");
            default -> throw new UndecodableException("op " + what + " is unknown");
        }
        if (timeMs == null) {
            throw new UndecodableException("no source.ts_ms: when the table changed is not known");
        }
        if (kind != Kind.DELETE && after == null) {
            throw new UndecodableException("op " + what + " without after");
        }
        return true;
    }

    /** Of the mutation read last. */
    Kind kind() {
        return kind;
    }

    /** When the table changed, epoch milliseconds. */
    long timeMs() {
        Long given = timeMs;
        if (given == null) {
            throw new IllegalStateException("no mutation has been read");
        }
        return given;
    }

    /** The row before; null of an insert, and if it is missing. */
    @Nullable JsonSpan before() {
        return kind == Kind.INSERT ? null : before;
    }

    /** The row after; null of a delete. */
    @Nullable JsonSpan after() {
        return kind == Kind.DELETE ? null : after;
    }

    /** True of an update or delete that came without the row before it. */
    boolean isBeforeMissing() {
        return kind != Kind.INSERT && before == null;
    }
}
