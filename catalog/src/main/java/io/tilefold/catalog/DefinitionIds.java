package io.tilefold.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.MessageLite;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.SqlConfiguration;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.proto.catalog.v1.KeyMapping;
import io.tilefold.proto.catalog.v1.Query;
import io.tilefold.proto.catalog.v1.Select;
import io.tilefold.proto.catalog.v1.Source;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * Content ids: SHA-256 over what decides a definition's values, each part behind its length.
 *
 * <p>In the id: the kind and name; sources with their queries; keys, aggregations, accuracy, derivations, parts; the types of the columns;
 * the SQL configuration; the version of the tile format. Not in it: metadata, {@code online}, {@code production}, {@code backfillStartDate} (it says which days are
 * written, not what is in them) and latency budgets; of a join its label part, which has an id of its own; and order where order means nothing (selects, key mappings, the columns of sources and lefts).
 */
public final class DefinitionIds {
    private static final String DOMAIN = "tilefold definition id 1";

    private final MessageDigest digest;

    private DefinitionIds(String kind) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
        add(DOMAIN.getBytes(UTF_8));
        add(kind.getBytes(UTF_8));
        add(ByteBuffer.allocate(Integer.BYTES).putInt(TileLayout.FORMAT_VERSION).array());
        add(SqlConfiguration.canonicalText().getBytes(UTF_8));
    }

    /**
     * Id of a GroupBy.
     *
     * @param sourceSchemas columns each source's query reads, in the order of the sources
     * @param selected what every source's query yields
     */
    public static DefinitionId of(GroupBy definition, List<Schema> sourceSchemas, Schema selected) {
        return of(definition, sourceSchemas, selected, List.of());
    }

    /**
     * Id of a GroupBy that reads outputs of joins.
     *
     * @param parents ids of these joins, in the order of the sources: what they are decides its values too
     */
    public static DefinitionId of(
            GroupBy definition, List<Schema> sourceSchemas, Schema selected, List<DefinitionId> parents) {
        DefinitionIds id = new DefinitionIds("GroupBy");
        io.tilefold.proto.catalog.v1.GroupBy.Builder content = GroupByCodec.toProto(definition).toBuilder()
                .clearMetaData()
                .clearOnline()
                .clearProduction()
                .clearBackfillStartDate();
        content.getSourcesBuilderList().forEach(DefinitionIds::sortSelects);
        id.add(content.build());
        sourceSchemas.forEach(schema -> id.add(TypeCodec.toProto(sorted(schema))));
        id.add(TypeCodec.toProto(selected));
        parents.forEach(parent -> id.add(parent.hex().getBytes(UTF_8)));
        return id.finish();
    }

    /**
     * Id of a join.
     *
     * @param left the left's selected columns
     * @param parts ids of its parts' GroupBys, in the order of the parts, then of those that external parts have offline: what they are decides the join's values too
     */
    public static DefinitionId of(Join definition, Schema left, List<DefinitionId> parts) {
        DefinitionIds id = new DefinitionIds("Join");
        io.tilefold.proto.catalog.v1.Join.Builder content = JoinCodec.toProto(definition).toBuilder()
                .clearMetaData()
                .clearOnline()
                .clearProduction()
                .clearLatencyBudgetMs()
                .clearLabelPart();
        sortSelects(content.getLeftBuilder());
        content.getPartsBuilderList().forEach(part -> {
            List<KeyMapping> sorted = sorted(part.getKeyMappingList());
            part.clearKeyMapping().addAllKeyMapping(sorted);
        });
        id.add(content.build());
        id.add(TypeCodec.toProto(sorted(left)));
        parts.forEach(part -> id.add(part.hex().getBytes(UTF_8)));
        return id.finish();
    }

    /**
     * Id of a join's labels. What its other parts are does not matter to it, nor the label part to the join's own id: features stay when labels change, and labels when features do.
     *
     * @param definition a join with a label part
     * @param left the left's selected columns
     * @param groupBy id of the label part's GroupBy
     */
    public static DefinitionId ofLabels(Join definition, Schema left, List<DefinitionId> groupBy) {
        io.tilefold.proto.catalog.v1.Join whole = JoinCodec.toProto(definition);
        io.tilefold.proto.catalog.v1.Join.Builder content = io.tilefold.proto.catalog.v1.Join.newBuilder()
                .setName(whole.getName())
                .setLeft(whole.getLeft())
                .addAllRowIds(whole.getRowIdsList())
                .addAllSkewKeys(whole.getSkewKeysList())
                .setLabelPart(whole.getLabelPart());
        sortSelects(content.getLeftBuilder());
        List<KeyMapping> mapping = sorted(whole.getLabelPart().getKeyMappingList());
        content.getLabelPartBuilder().clearKeyMapping().addAllKeyMapping(mapping);
        DefinitionIds id = new DefinitionIds("Labels");
        id.add(content.build());
        id.add(TypeCodec.toProto(sorted(left)));
        groupBy.forEach(one -> id.add(one.hex().getBytes(UTF_8)));
        return id.finish();
    }

    /** Id of a staging query: its name, SQL and setups. */
    public static DefinitionId of(StagingQuery definition) {
        DefinitionIds id = new DefinitionIds("StagingQuery");
        id.add(JoinCodec.toProto(definition).toBuilder()
                .clearMetaData()
                .clearStartPartition()
                .build());
        return id.finish();
    }

    private static List<KeyMapping> sorted(List<KeyMapping> mapping) {
        return mapping.stream()
                .sorted(Comparator.comparing(KeyMapping::getLeft))
                .toList();
    }

    private static Schema sorted(Schema schema) {
        return new Schema(schema.fields().stream()
                .sorted(Comparator.comparing(Field::name))
                .toList());
    }

    private static void sortSelects(Source.Builder source) {
        Query.Builder query = switch (source.getKindCase()) {
            case EVENTS -> source.getEventsBuilder().getQueryBuilder();
            case ENTITIES -> source.getEntitiesBuilder().getQueryBuilder();
            case JOIN -> source.getJoinBuilder().getQueryBuilder();
            case KIND_NOT_SET -> throw new CatalogFormatException("a source is not set");
        };
        List<Select> sorted = query.getSelectsList().stream()
                .sorted(Comparator.comparing(Select::getAlias))
                .toList();
        query.clearSelects().addAllSelects(sorted);
    }

    private void add(MessageLite message) {
        add(message.toByteArray());
    }

    private void add(byte[] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
    }

    private DefinitionId finish() {
        return new DefinitionId(HexFormat.of().formatHex(digest.digest()));
    }
}
