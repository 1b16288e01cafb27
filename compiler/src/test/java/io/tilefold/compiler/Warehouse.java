package io.tilefold.compiler;

import io.tilefold.compiler.WarehouseSchemas.TableSchema;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import java.util.Map;

/** The tables that test definitions read. */
final class Warehouse {
    static final Schema FLIGHTS = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("delay", Scalar.INT),
            new Field("distance", Scalar.INT),
            new Field("origin", Scalar.STRING),
            new Field("destination", Scalar.STRING),
            new Field("ds", Scalar.STRING));

    static final Schema AIRPORTS = Schema.of(
            new Field("airport", Scalar.STRING),
            new Field("code", Scalar.LONG),
            new Field("runways", Scalar.INT),
            new Field("names", new ListType(Scalar.STRING)),
            new Field("labels", new MapType(Scalar.STRING)),
            new Field("updated_ms", Scalar.LONG),
            new Field("ds", Scalar.STRING));

    static final Schema TRIPS = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("rider", Scalar.STRING),
            new Field("zone", Scalar.STRING),
            new Field("fares", new ListType(Scalar.DOUBLE)),
            new Field("legs", new ListType(new StructType(List.of(new Field("stop", Scalar.STRING))))),
            new Field("tips", new MapType(Scalar.DOUBLE)),
            new Field("tags", new MapType(Scalar.STRING)),
            new Field("ds", Scalar.STRING));

    static final WarehouseSchemas SCHEMAS = WarehouseSchemas.of(Map.of(
            "flights",
            new TableSchema(FLIGHTS, Map.of("fare", "decimal(10,2)", "landed", "timestamp")),
            "airports",
            new TableSchema(AIRPORTS),
            "trips",
            new TableSchema(
                    TRIPS,
                    Map.of(
                            "prices", "array<decimal(10,2)>",
                            "stops", "struct<date:date,at:array<timestamp>>",
                            "seats", "map<int,bigint>"))));

    private Warehouse() {}
}
