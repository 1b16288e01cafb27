package io.tilefold.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.core.value.Schema;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CatalogCodecTest {
    private static CompiledGroupBy compiled(GroupBy groupBy) {
        List<Schema> schemas =
                groupBy.sources().stream().map(source -> Definitions.COLUMNS).toList();
        return new CompiledGroupBy(
                DefinitionIds.of(groupBy, schemas, Definitions.SELECTED), groupBy, schemas, Definitions.SELECTED);
    }

    private static CompiledJoin compiled(Join join) {
        return new CompiledJoin(
                DefinitionIds.of(join, Definitions.COLUMNS, List.of()), join, Definitions.COLUMNS, Definitions.COLUMNS);
    }

    private static Catalog catalog() {
        GroupBy small = GroupBy.builder("a.small")
                .source(Source.events("t", Query.builder().build()))
                .build();
        Join smallJoin = Join.builder(
                        "a.join", Source.events("t", Query.builder().build()))
                .build();
        return new Catalog(
                List.of(compiled(Definitions.groupBy().build()), compiled(small)),
                List.of(compiled(Definitions.join().build()), compiled(smallJoin)),
                List.of(
                        new StagingQuery(
                                "s",
                                "SELECT 1",
                                List.of("SET x"),
                                Optional.of("2001-01-01"),
                                false,
                                Definitions.metaData()),
                        new StagingQuery("r", "SELECT 2", List.of(), Optional.empty(), true, Definitions.metaData())));
    }

    @Test
    void comesBackEqual() {
        assertThat(CatalogCodec.decode(CatalogCodec.encode(catalog()))).isEqualTo(catalog());
    }

    @Test
    void equalCatalogsAreEqualBytesInWhateverOrderTheyWereBuilt() {
        Catalog catalog = catalog();
        Catalog turned = new Catalog(
                List.of(catalog.groupBys().get(1), catalog.groupBys().get(0)),
                List.of(catalog.joins().get(1), catalog.joins().get(0)),
                List.of(
                        catalog.stagingQueries().get(1),
                        catalog.stagingQueries().get(0)));

        assertThat(CatalogCodec.encode(turned)).isEqualTo(CatalogCodec.encode(catalog));
    }

    @Test
    void refusesWhatIsNoCatalog() {
        byte[] bytes = CatalogCodec.encode(catalog());

        assertThatThrownBy(() -> CatalogCodec.decode(Arrays.copyOf(bytes, bytes.length - 1)))
                .isInstanceOf(CatalogFormatException.class)
                .hasMessageContaining(bytes.length - 1 + " bytes are no catalog");
        assertThatThrownBy(() -> CatalogCodec.decode(new byte[0]))
                .isInstanceOf(CatalogFormatException.class)
                .hasMessageContaining("format version 0");
    }

    @Test
    void refusesAnotherVersion() {
        byte[] bytes = io.tilefold.proto.catalog.v1.Catalog.newBuilder()
                .setFormatVersion(2)
                .build()
                .toByteArray();

        assertThatThrownBy(() -> CatalogCodec.decode(bytes))
                .isInstanceOf(CatalogFormatException.class)
                .hasMessage("catalog format version 2 is not the one this build reads, 1: write it anew with tilefold"
                        + " compile");
    }

    @Test
    void saysWhichDefinitionIsBroken() throws Exception {
        io.tilefold.proto.catalog.v1.Catalog whole =
                io.tilefold.proto.catalog.v1.Catalog.parseFrom(CatalogCodec.encode(catalog()));
        io.tilefold.proto.catalog.v1.Catalog.Builder noAccuracy = whole.toBuilder();
        noAccuracy.getGroupBysBuilder(0).getDefinitionBuilder().clearAccuracy();
        io.tilefold.proto.catalog.v1.Catalog.Builder noType = whole.toBuilder();
        noType.getGroupBysBuilder(1).getSelectedBuilder().getFieldsBuilder(0).clearType();
        io.tilefold.proto.catalog.v1.Catalog.Builder noLeft = whole.toBuilder();
        noLeft.getJoinsBuilder(0).getDefinitionBuilder().getLeftBuilder().clearEvents();
        io.tilefold.proto.catalog.v1.Catalog.Builder noId = whole.toBuilder();
        noId.getGroupBysBuilder(0).setDefinitionId("beef");
        io.tilefold.proto.catalog.v1.Catalog.Builder schemaMissing = whole.toBuilder();
        schemaMissing.getGroupBysBuilder(0).clearSourceSchemas();

        assertRefused(noAccuracy, "GroupBy a.small: accuracy ACCURACY_UNSPECIFIED");
        assertRefused(noType, "GroupBy payments.merchants: column \"merchant\": a type is not set");
        assertRefused(noLeft, "Join a.join: a source is not set");
        assertRefused(noId, "GroupBy a.small: definition id \"beef\"");
        assertRefused(schemaMissing, "GroupBy a.small: 0 source schemas for 1 sources");
    }

    private static void assertRefused(io.tilefold.proto.catalog.v1.Catalog.Builder catalog, String message) {
        byte[] bytes = catalog.build().toByteArray();
        assertThatThrownBy(() -> CatalogCodec.decode(bytes))
                .isInstanceOf(CatalogFormatException.class)
                .hasMessageContaining(message);
    }
}
