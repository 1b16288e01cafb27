package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.Location;
import io.tilefold.core.value.Schema;
import java.util.List;
import java.util.Optional;

/**
 * A definition and where it was written.
 *
 * @param columns data model given with each source, in order: where there is none, the warehouse knows it
 */
public record Located<T>(T definition, Location location, List<Optional<Schema>> columns) {
    public Located {
        columns = List.copyOf(columns);
    }

    /** A definition built in Java: errors name it by {@code origin}. */
    public static <T> Located<T> built(String origin, T definition) {
        return new Located<>(definition, Location.of(origin), List.of());
    }

    /** Data model given with the source of this index. */
    public Optional<Schema> columnsOf(int source) {
        return source < columns.size() ? columns.get(source) : Optional.empty();
    }
}
