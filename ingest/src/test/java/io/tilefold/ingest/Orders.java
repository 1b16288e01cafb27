package io.tilefold.ingest;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A table of orders that are changed and withdrawn, as its mutations come: Debezium's JSON, and what is computed of it. */
public final class Orders {
    private static final Schema TABLE = Schema.of(
            new Field("id", Scalar.LONG),
            new Field("rider", Scalar.STRING),
            new Field("amount", Scalar.INT),
            new Field("state", Scalar.STRING),
            new Field("placed_at", Scalar.LONG));
    private static final Schema SELECTED =
            Schema.of(new Field("rider", Scalar.STRING), new Field("amount", Scalar.LONG));

    private Orders() {}

    /**
     * An order.
     *
     * @param state {@code test} is one that no GroupBy sees
     * @param placedAtMs null: not known
     */
    public record Order(
            long id,
            @Nullable String rider,
            int amount,
            String state,
            @Nullable Long placedAtMs) {
        /** As an image of it stands in an envelope. */
        public String json() {
            return "{\"id\":" + id + ",\"rider\":" + (rider == null ? "null" : "\"" + rider + "\"") + ",\"amount\":"
                    + amount + ",\"note\":{\"any\":[1]},\"state\":\"" + state + "\",\"placed_at\":" + placedAtMs + "}";
        }
    }

    /** Per rider: how many orders and what they come to, ever and in a day. */
    public static CompiledGroupBy byRider(String topic) {
        return byRider(topic, query().timeColumn("placed_at").build());
    }

    /** The same, said with functions of its own. */
    public static CompiledGroupBy byRiderWithFunctions(String topic) {
        return byRider(
                topic,
                Query.builder()
                        .select("rider", "small(rider)")
                        .select("amount", "wide(amount)")
                        .wheres("is_open(state)")
                        .timeColumn("wide(placed_at)")
                        .setups(List.of(
                                "CREATE TEMPORARY FUNCTION small(x STRING) RETURNS STRING RETURN lower(x)",
                                "CREATE TEMPORARY FUNCTION wide(x BIGINT) RETURNS BIGINT RETURN x",
                                "CREATE TEMPORARY FUNCTION is_open(x STRING) RETURN small(x) <> 'test'"))
                        .build());
    }

    private static CompiledGroupBy byRider(String topic, Query query) {
        return compiled(GroupBy.builder("orders_by_rider")
                .source(source(topic, query))
                .keys("rider")
                .aggregate(Aggregation.of("count", "amount"))
                .aggregate(Aggregation.of("sum", "amount"))
                .aggregate(Aggregation.of("count", "amount").windows("1d"))
                .aggregate(Aggregation.of("sum", "amount").windows("7d"))
                .online(true)
                .build());
    }

    /** The same without a time: all orders ever. */
    public static CompiledGroupBy everByRider(String topic) {
        return compiled(GroupBy.builder("orders_ever")
                .source(source(topic, query().build()))
                .keys("rider")
                .aggregate(Aggregation.of("sum", "amount"))
                .online(true)
                .build());
    }

    private static Query.Builder query() {
        return Query.builder()
                .select("rider", "lower(rider)")
                .select("amount", "CAST(amount AS BIGINT)")
                .wheres("state <> 'test'");
    }

    public static Source source(String topic, Query query) {
        return new Source.Entities("orders", Optional.of("order_mutations"), Optional.of(topic), query);
    }

    private static CompiledGroupBy compiled(GroupBy groupBy) {
        return compiled(groupBy, TABLE, SELECTED);
    }

    public static CompiledGroupBy compiled(GroupBy groupBy, Schema table, Schema selected) {
        return new CompiledGroupBy(
                DefinitionIds.of(groupBy, List.of(table), selected), groupBy, List.of(table), selected);
    }

    /** The envelope of a mutation: {@code c}, {@code u} or {@code d} by what is there. */
    public static String envelope(@Nullable Order before, @Nullable Order after, long mutationMs) {
        String op = before == null ? "c" : after == null ? "d" : "u";
        return envelope(op, before == null ? null : before.json(), after == null ? null : after.json(), mutationMs);
    }

    /** An envelope of these images. */
    public static String envelope(String op, @Nullable String before, @Nullable String after, long mutationMs) {
        return "{\"before\":" + before + ",\"after\":" + after
                + ",\"source\":{\"version\":\"3.0\",\"connector\":\"postgresql\",\"ts_ms\":" + mutationMs
                + ",\"table\":\"orders\"},\"transaction\":null,\"op\":\"" + op + "\",\"ts_ms\":" + (mutationMs + 5)
                + "}";
    }

    /** The key of an order's record. */
    public static String key(long id) {
        return "{\"id\":" + id + "}";
    }
}
