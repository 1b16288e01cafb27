package io.tilefold.batch.benchmark;

import io.tilefold.catalog.CatalogFile;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The catalog that both jobs of the benchmark run with. */
public final class BenchmarkCatalog {
    static final String JOIN = "asked";

    private BenchmarkCatalog() {}

    public static void write(Path file, Features chosen) throws IOException {
        GroupBy features = chosen.groupBy();
        Field k = new Field("k", Scalar.STRING);
        Field delay = new Field("delay", Scalar.INT);
        Schema read = new Schema(List.of(k, delay, new Field("ts", Scalar.LONG)));
        Schema selected = new Schema(List.of(k, delay));
        CompiledGroupBy groupBy = new CompiledGroupBy(
                DefinitionIds.of(features, List.of(read), selected), features, List.of(read), selected);
        Join join = Join.builder(
                        JOIN,
                        Source.events(
                                "asks",
                                Query.builder()
                                        .select("id", "id")
                                        .timeColumn("asked_ms")
                                        .build()))
                .part(JoinPart.of(Features.GROUP_BY))
                .build();
        Field id = new Field("id", Scalar.LONG);
        Schema asked = new Schema(List.of(id, k));
        CompiledJoin compiled = new CompiledJoin(
                DefinitionIds.of(join, asked, List.of(groupBy.id())),
                join,
                new Schema(List.of(id, k, new Field("asked_ms", Scalar.LONG))),
                asked);
        CatalogFile.write(file, new Catalog(List.of(groupBy), List.of(compiled), List.of()));
    }
}
