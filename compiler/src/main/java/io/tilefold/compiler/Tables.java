package io.tilefold.compiler;

import io.tilefold.compiler.WarehouseSchemas.TableSchema;
import io.tilefold.compiler.reader.DefinitionSet;
import io.tilefold.compiler.reader.Located;
import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The data model of a source: given with it, else declared beside the definitions, else the warehouse's. */
final class Tables {
    private final Map<String, Schema> declared = new TreeMap<>();
    private final WarehouseSchemas warehouse;

    Tables(List<Located<DefinitionSet.Table>> declared, WarehouseSchemas warehouse) {
        declared.forEach(table ->
                this.declared.put(table.definition().name(), table.definition().columns()));
        this.warehouse = warehouse;
    }

    /** Empty if nobody knows the table, which is refused at the source's table field. */
    Optional<TableSchema> find(String path, Source source, Optional<Schema> given, Findings findings) {
        String table = Sources.table(source);
        Optional<TableSchema> found = given.or(() -> Optional.ofNullable(declared.get(table)))
                .map(TableSchema::new)
                .or(() -> warehouse.find(table));
        if (found.isEmpty()) {
            TreeSet<String> known = new TreeSet<>(declared.keySet());
            known.addAll(warehouse.tables());
            findings.refuse(
                    path + "." + Sources.tableField(source),
                    table,
                    "there is no such table",
                    NearestName.find(table, known)
                            .map(nearest -> "did you mean " + nearest + "?")
                            .orElse("the warehouse does not list it: create it, or give its columns as columns: {..}"));
        }
        return found;
    }
}
