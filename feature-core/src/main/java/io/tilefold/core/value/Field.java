package io.tilefold.core.value;

import java.util.Objects;

/** A named, typed column. */
public record Field(String name, ValueType type) {
    public Field {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
    }

    @Override
    public String toString() {
        return name + " " + type;
    }
}
