package io.tilefold.compiler;

import io.tilefold.core.value.Schema;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the warehouse says of its tables. */
public interface WarehouseSchemas {

    /**
     * @param columns those of types Tilefold knows, partition columns included
     * @param otherColumns the others: name to type as Spark writes it
     */
    record TableSchema(Schema columns, Map<String, String> otherColumns) {
        public TableSchema {
            otherColumns = Map.copyOf(otherColumns);
        }

        public TableSchema(Schema columns) {
            this(columns, Map.of());
        }
    }

    Optional<TableSchema> find(String table);

    /** The tables there are, for hints. */
    Collection<String> tables();

    /** No warehouse: all columns are declared beside the definitions. */
    static WarehouseSchemas none() {
        return of(Map.of());
    }

    static WarehouseSchemas of(Map<String, TableSchema> tables) {
        Map<String, TableSchema> known = Map.copyOf(tables);
        return new WarehouseSchemas() {
            @Override
            public Optional<TableSchema> find(String table) {
                return Optional.ofNullable(known.get(table));
            }

            @Override
            public Collection<String> tables() {
                return List.copyOf(known.keySet());
            }
        };
    }
}
