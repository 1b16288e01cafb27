package io.tilefold.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tilefold.client.StructValue;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of a type from JSON, in the form in which {@link AnswerValues} writes them: binary in hexadecimal, structs as objects; a field that is left out is null. */
final class TypedJson {
    private static final JsonFactory JSON = new JsonFactory();

    private TypedJson() {}

    /**
     * Reads a text that is one value.
     *
     * @throws IOException saying what is not of the type, or no JSON
     */
    static @Nullable Object read(String text, ValueType type) throws IOException {
        try (JsonParser parser = JSON.createParser(text)) {
            parser.nextToken();
            Object value = read(parser, type);
            checkEnd(parser);
            return value;
        }
    }

    /** @throws IOException if something follows what was read */
    static void checkEnd(JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            throw new IOException("there is more behind its end");
        }
    }

    /**
     * Reads the value at which the parser stands, and leaves the parser at its end.
     *
     * @throws IOException saying what is not of the type, or no JSON
     */
    static @Nullable Object read(JsonParser parser, ValueType type) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new IOException("no value");
        }
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (type instanceof ListType list && token == JsonToken.START_ARRAY) {
            return list(parser, list.element());
        }
        if (type instanceof MapType map && token == JsonToken.START_OBJECT) {
            return map(parser, map.value());
        }
        if (type instanceof StructType struct && token == JsonToken.START_OBJECT) {
            return struct(parser, struct);
        }
        if (type instanceof Scalar scalar) {
            Object value = scalar(parser, token, scalar);
            if (value != null) {
                return value;
            }
        }
        throw new IOException(shown(parser, token) + " is no " + type);
    }

    /** Null if it is not of the type. */
    private static @Nullable Object scalar(JsonParser parser, JsonToken token, Scalar type) throws IOException {
        if (type.isInteger()) {
            return token == JsonToken.VALUE_NUMBER_INT ? parser.getLongValue() : null;
        }
        if (type == Scalar.BOOLEAN) {
            return token.isBoolean() ? parser.getBooleanValue() : null;
        }
        if (type.isFloating() && token.isNumeric()) {
            return type == Scalar.FLOAT ? (Object) parser.getFloatValue() : (Object) parser.getDoubleValue();
        }
        if (token != JsonToken.VALUE_STRING) {
            return null;
        }
        String text = parser.getText();
        if (type.isFloating()) { // JSON has no numbers for these
            boolean known = text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity");
            return !known ? null : type == Scalar.FLOAT ? (Object) Float.valueOf(text) : (Object) Double.valueOf(text);
        }
        if (type == Scalar.STRING) {
            return text;
        }
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException noHexadecimal) {
            return null;
        }
    }

    private static List<@Nullable Object> list(JsonParser parser, ValueType element) throws IOException {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(read(parser, element));
        }
        return list;
    }

    private static Map<String, @Nullable Object> map(JsonParser parser, ValueType value) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            map.put(name, read(parser, value));
        }
        return map;
    }

    private static StructValue struct(JsonParser parser, StructType type) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        type.fields().forEach(field -> fields.put(field.name(), null));
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            Field field = type.fields().stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException(type + " has no field " + name));
            parser.nextToken();
            fields.put(name, read(parser, field.type()));
        }
        return new StructValue(fields);
    }

    private static String shown(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case START_ARRAY -> "a list";
            case START_OBJECT -> "an object";
            default -> parser.getText();
        };
    }
}
