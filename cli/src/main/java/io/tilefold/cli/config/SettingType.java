package io.tilefold.cli.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.List;

/** The types a component of a settings record may have, and how each is read from text. */
enum SettingType {
    INT("a whole number") {
        @Override
        Object parse(String text) {
            return Integer.valueOf(text);
        }
    },
    LONG("a whole number") {
        @Override
        Object parse(String text) {
            return Long.valueOf(text);
        }
    },
    NUMBER("a number") {
        @Override
        Object parse(String text) {
            return Double.valueOf(text);
        }
    },
    TEXT("text") {
        @Override
        Object parse(String text) {
            return text;
        }
    },
    PATH("a path") {
        @Override
        Object parse(String text) {
            return Path.of(text);
        }
    };

    /** What a value must be, for messages. */
    final String what;

    SettingType(String what) {
        this.what = what;
    }

    /** Throws {@link IllegalArgumentException} for what is not of the type. */
    abstract Object parse(String text);

    /** The element type of a list, the type itself otherwise. */
    static SettingType of(Type type) {
        Type element = isList(type) ? ((ParameterizedType) type).getActualTypeArguments()[0] : type;
        if (element == int.class) {
            return INT;
        } else if (element == long.class) {
            return LONG;
        } else if (element == double.class) {
            return NUMBER;
        } else if (element == String.class) {
            return TEXT;
        } else if (element == Path.class) {
            return PATH;
        }
        throw new IllegalStateException("a setting cannot be of type " + type);
    }

    static boolean isList(Type type) {
        return type instanceof ParameterizedType parameterized && parameterized.getRawType() == List.class;
    }
}
