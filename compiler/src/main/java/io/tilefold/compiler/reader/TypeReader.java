package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.compiler.yaml.YamlObject;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads types as Tilefold and Spark SQL write them: {@code long} or {@code bigint}, {@code list<int>} or {@code array<int>},
 * {@code map<string,double>}, {@code struct<a:long,b:string>}.
 */
public final class TypeReader {
    private static final Map<String, Scalar> SCALARS = new TreeMap<>(Map.of(
            "tinyint",
            Scalar.BYTE,
            "smallint",
            Scalar.SHORT,
            "integer",
            Scalar.INT,
            "bigint",
            Scalar.LONG,
            "real",
            Scalar.FLOAT));
    private static final String OTHERS = "list<long>, map<string,long>, struct<a:long>";

    static {
        for (Scalar scalar : Scalar.values()) {
            SCALARS.put(scalar.toString(), scalar);
        }
    }

    private final String text;
    private int at;

    private TypeReader(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException saying what is wrong and what there is */
    public static ValueType parse(String text) {
        TypeReader reader = new TypeReader(text);
        ValueType type = reader.type();
        reader.skipBlanks();
        if (reader.at < text.length()) {
            throw new IllegalArgumentException("nothing is expected behind character " + reader.at);
        }
        return type;
    }

    /** Reads a mapping of column names to types. */
    static Schema schema(YamlObject columns) {
        List<Field> fields = new ArrayList<>();
        for (String name : columns.names()) {
            columns.optionalString(name).ifPresent(type -> {
                try {
                    fields.add(new Field(name, parse(type)));
                } catch (IllegalArgumentException e) {
                    columns.problem(name, "is no type", String.valueOf(e.getMessage()));
                }
            });
        }
        return new Schema(fields);
    }

    private ValueType type() {
        String word = word();
        String name = word.toLowerCase(Locale.ROOT);
        switch (name) {
            case "list", "array" -> {
                expect('<');
                ValueType element = type();
                expect('>');
                return new ListType(element);
            }
            case "map" -> {
                expect('<');
                if (type() != Scalar.STRING) {
                    throw new IllegalArgumentException("maps have string keys: map<string,..>");
                }
                expect(',');
                ValueType value = type();
                expect('>');
                return new MapType(value);
            }
            case "struct" -> {
                return struct();
            }
            default -> {
                Scalar scalar = SCALARS.get(name);
                if (scalar == null) {
                    throw new IllegalArgumentException(
                            NearestName.hint(word, SCALARS.keySet(), "types are " + OTHERS + ","));
                }
                return scalar;
            }
        }
    }

    private ValueType struct() {
        expect('<');
        List<Field> fields = new ArrayList<>();
        do {
            String name = word();
            expect(':');
            fields.add(new Field(name, type()));
        } while (accept(','));
        expect('>');
        return new StructType(fields);
    }

    private String word() {
        skipBlanks();
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        return text.substring(start, at);
    }

    private void expect(char wanted) {
        if (!accept(wanted)) {
            throw new IllegalArgumentException("a " + wanted + " is expected behind character " + at);
        }
    }

    private boolean accept(char wanted) {
        skipBlanks();
        boolean there = at < text.length() && text.charAt(at) == wanted;
        if (there) {
            at++;
        }
        return there;
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }
}
