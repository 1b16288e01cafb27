package io.tilefold.batch.backfill;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** Spark's rows as the slow model's values: integers as Long, floats as Double, lists and maps as Java's. */
final class SparkRow {
    private SparkRow() {}

    static Map<String, @Nullable Object> of(Row row) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        for (String name : row.schema().fieldNames()) {
            columns.put(name, plain(row.getAs(name)));
        }
        return columns;
    }

    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof Integer number) {
            return (long) number;
        }
        if (value instanceof Float number) {
            return (double) number;
        }
        if (value instanceof scala.collection.Seq<?> list) {
            List<@Nullable Object> plain = new ArrayList<>();
            CollectionConverters.asJava(list).forEach(element -> plain.add(plain(element)));
            return plain;
        }
        if (value instanceof scala.collection.Map<?, ?> map) {
            Map<Object, @Nullable Object> plain = new LinkedHashMap<>();
            CollectionConverters.asJava(map).forEach((key, entry) -> plain.put(key, plain(entry)));
            return plain;
        }
        return value;
    }
}
