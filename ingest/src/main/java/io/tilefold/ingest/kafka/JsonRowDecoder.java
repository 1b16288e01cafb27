package io.tilefold.ingest.kafka;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.expressions.InputRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a record's value, one JSON object in UTF-8, into a row of the source's columns. Strict: a value of another type than its column's, a
 * number the column does not hold, a field given twice, anything but exactly one object is refused. Missing fields are null, unknown ones
 * skipped.
 *
 * <pre>
 *   boolean            true, false
 *   byte to long       a number without fraction or exponent
 *   float, double      a number
 *   string             a string
 *   binary             a string in base64
 *   list, map, struct  an array, an object, an object
 * </pre>
 *
 * Reused; confined to one thread.
 */
final class JsonRowDecoder {
    private final JsonFactory json = new JsonFactory();
    private final Schema schema;
    private final Map<String, Integer> columns = new HashMap<>();
    private final boolean[] seen;

    JsonRowDecoder(Schema schema) {
        this.schema = schema;
        this.seen = new boolean[schema.size()];
        for (int i = 0; i < schema.size(); i++) {
            columns.put(schema.field(i).name(), i);
        }
    }

    /** @throws UndecodableException saying what is wrong and where; the row is then of no use */
    void decode(byte @Nullable [] value, InputRow row) throws UndecodableException {
        if (value == null) {
            throw new UndecodableException("no value");
        }
        decode(value, 0, value.length, row);
    }

    /** As {@link #decode(byte[], InputRow)}, of some of the bytes. */
    void decode(byte[] value, int offset, int length, InputRow row) throws UndecodableException {
        row.clear();
        Arrays.fill(seen, false);
        try (JsonParser parser = json.createParser(value, offset, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new UndecodableException("not a JSON object but " + describe(parser));
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                Integer column = columns.get(parser.currentName());
                parser.nextToken();
                if (column == null) {
                    parser.skipChildren();
                } else {
                    set(parser, column, row);
                }
            }
            if (parser.nextToken() != null) {
                throw new UndecodableException("more than one JSON object");
            }
        } catch (IOException e) {
            throw UndecodableException.malformed(e);
        }
    }

    /** True if the object decoded last has a field for the column, be it null. */
    boolean has(int column) {
        return seen[column];
    }

    private void set(JsonParser parser, int column, InputRow row) throws IOException, UndecodableException {
        Field field = schema.field(column);
        if (seen[column]) {
            throw new UndecodableException("field " + field.name() + " appears twice");
        }
        seen[column] = true;
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        try {
            if (!(field.type() instanceof Scalar scalar)) {
                row.setObject(column, nested(parser, field.name(), field.type()));
            } else if (scalar.isInteger()) {
                row.setLong(column, integer(parser, field.name(), scalar));
            } else if (scalar.isFloating()) {
                row.setDouble(column, floating(parser, field.name(), scalar));
            } else if (scalar == Scalar.STRING) {
                expect(token == JsonToken.VALUE_STRING, parser, field.name(), scalar);
                row.setString(column, parser.getText());
            } else if (scalar == Scalar.BOOLEAN) {
                expect(token.isBoolean(), parser, field.name(), scalar);
                row.setBoolean(column, token == JsonToken.VALUE_TRUE);
            } else {
                expect(token == JsonToken.VALUE_STRING, parser, field.name(), scalar);
                row.setBinary(column, parser.getBinaryValue());
            }
        } catch (IllegalArgumentException e) {
            throw new UndecodableException(String.valueOf(e.getMessage()));
        }
    }

    private static long integer(JsonParser parser, String field, Scalar type) throws IOException, UndecodableException {
        expect(parser.currentToken() == JsonToken.VALUE_NUMBER_INT, parser, field, type);
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw new UndecodableException("field " + field + ": a " + type + " does not hold " + parser.getText());
        }
        return parser.getLongValue();
    }

    private static double floating(JsonParser parser, String field, Scalar type)
            throws IOException, UndecodableException {
        expect(parser.currentToken().isNumeric(), parser, field, type);
        return parser.getDoubleValue();
    }

    private @Nullable Object nested(JsonParser parser, String field, ValueType type)
            throws IOException, UndecodableException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (type instanceof ListType list) {
            expect(token == JsonToken.START_ARRAY, parser, field, type);
            List<@Nullable Object> values = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                values.add(nested(parser, field, list.element()));
            }
            return values;
        }
        if (type instanceof MapType || type instanceof StructType) {
            expect(token == JsonToken.START_OBJECT, parser, field, type);
            return entries(parser, field, type);
        }
        Scalar scalar = (Scalar) type;
        if (scalar.isInteger()) {
            return integer(parser, field, scalar);
        }
        if (scalar.isFloating()) {
            return floating(parser, field, scalar);
        }
        if (scalar == Scalar.BOOLEAN) {
            expect(token.isBoolean(), parser, field, scalar);
            return token == JsonToken.VALUE_TRUE;
        }
        expect(token == JsonToken.VALUE_STRING, parser, field, scalar);
        return scalar == Scalar.STRING ? parser.getText() : parser.getBinaryValue();
    }

    private Map<String, @Nullable Object> entries(JsonParser parser, String field, ValueType type)
            throws IOException, UndecodableException {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            ValueType valueType = type instanceof MapType map ? map.value() : memberType((StructType) type, name);
            if (valueType == null) {
                parser.skipChildren();
                continue;
            }
            String path = field + "." + name;
            if (entries.containsKey(name)) {
                throw new UndecodableException("field " + path + " appears twice");
            }
            entries.put(name, nested(parser, path, valueType));
        }
        return entries;
    }

    private static @Nullable ValueType memberType(StructType struct, String name) {
        for (Field member : struct.fields()) {
            if (member.name().equals(name)) {
                return member.type();
            }
        }
        return null;
    }

    private static void expect(boolean good, JsonParser parser, String field, ValueType type)
            throws IOException, UndecodableException {
        if (!good) {
            throw new UndecodableException("field " + field + " of type " + type + " is " + describe(parser));
        }
    }

    /** What the parser is at, for a message. */
    static String describe(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            return "empty";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NULL -> "null";
            default -> parser.getText();
        };
    }
}
