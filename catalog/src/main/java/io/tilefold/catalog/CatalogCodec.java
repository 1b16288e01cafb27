package io.tilefold.catalog;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.DefinitionId;
import java.util.List;
import java.util.function.Function;

/**
 * The catalog to and from the bytes of {@code tilefold.catalog.v1.Catalog}: what {@code tilefold compile} writes and every other process
 * reads. Definitions are sorted by name and fields by number, so equal catalogs are equal bytes.
 */
public final class CatalogCodec {
    /** Versions of the layout, append only. 1: the first. */
    public static final int FORMAT_VERSION = 1;

    private CatalogCodec() {}

    public static byte[] encode(Catalog catalog) {
        return io.tilefold.proto.catalog.v1.Catalog.newBuilder()
                .setFormatVersion(FORMAT_VERSION)
                .addAllGroupBys(
                        catalog.groupBys().stream().map(CatalogCodec::toProto).toList())
                .addAllJoins(catalog.joins().stream().map(CatalogCodec::toProto).toList())
                .addAllStagingQueries(catalog.stagingQueries().stream()
                        .map(JoinCodec::toProto)
                        .toList())
                .build()
                .toByteArray();
    }

    /**
     * Reads a catalog.
     *
     * @throws CatalogFormatException if the bytes are no catalog, one of another version, or a definition in it breaks the format's rules
     */
    public static Catalog decode(byte[] bytes) {
        io.tilefold.proto.catalog.v1.Catalog proto = parse(bytes);
        return new Catalog(
                each(
                        "GroupBy",
                        proto.getGroupBysList(),
                        one -> one.getDefinition().getName(),
                        CatalogCodec::fromProto),
                each("Join", proto.getJoinsList(), one -> one.getDefinition().getName(), CatalogCodec::fromProto),
                each("StagingQuery", proto.getStagingQueriesList(), one -> one.getName(), JoinCodec::fromProto));
    }

    private static io.tilefold.proto.catalog.v1.Catalog parse(byte[] bytes) {
        io.tilefold.proto.catalog.v1.Catalog proto;
        try {
            proto = io.tilefold.proto.catalog.v1.Catalog.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new CatalogFormatException(
                    bytes.length + " bytes are no catalog (" + e.getMessage()
                            + "): write it anew with tilefold compile",
                    e);
        }
        if (proto.getFormatVersion() != FORMAT_VERSION) {
            throw new CatalogFormatException("catalog format version " + proto.getFormatVersion()
                    + " is not the one this build reads, " + FORMAT_VERSION + ": write it anew with tilefold compile");
        }
        return proto;
    }

    private static io.tilefold.proto.catalog.v1.CompiledGroupBy toProto(CompiledGroupBy compiled) {
        return io.tilefold.proto.catalog.v1.CompiledGroupBy.newBuilder()
                .setDefinitionId(compiled.id().hex())
                .setDefinition(GroupByCodec.toProto(compiled.definition()))
                .addAllSourceSchemas(compiled.sourceSchemas().stream()
                        .map(TypeCodec::toProto)
                        .toList())
                .setSelected(TypeCodec.toProto(compiled.selected()))
                .build();
    }

    private static CompiledGroupBy fromProto(io.tilefold.proto.catalog.v1.CompiledGroupBy proto) {
        if (proto.getSourceSchemasCount() != proto.getDefinition().getSourcesCount()) {
            throw new CatalogFormatException(proto.getSourceSchemasCount() + " source schemas for "
                    + proto.getDefinition().getSourcesCount() + " sources");
        }
        return new CompiledGroupBy(
                new DefinitionId(proto.getDefinitionId()),
                GroupByCodec.fromProto(proto.getDefinition()),
                proto.getSourceSchemasList().stream().map(TypeCodec::fromProto).toList(),
                TypeCodec.fromProto(proto.getSelected()));
    }

    private static io.tilefold.proto.catalog.v1.CompiledJoin toProto(CompiledJoin compiled) {
        return io.tilefold.proto.catalog.v1.CompiledJoin.newBuilder()
                .setDefinitionId(compiled.id().hex())
                .setDefinition(JoinCodec.toProto(compiled.definition()))
                .setLeftSource(TypeCodec.toProto(compiled.leftSource()))
                .setLeft(TypeCodec.toProto(compiled.left()))
                .build();
    }

    private static CompiledJoin fromProto(io.tilefold.proto.catalog.v1.CompiledJoin proto) {
        return new CompiledJoin(
                new DefinitionId(proto.getDefinitionId()),
                JoinCodec.fromProto(proto.getDefinition()),
                TypeCodec.fromProto(proto.getLeftSource()),
                TypeCodec.fromProto(proto.getLeft()));
    }

    /** Converts one message after the other; what is wrong with one is said with its kind and name. */
    private static <P, R> List<R> each(
            String kind, List<P> protos, Function<P, String> name, Function<P, R> fromProto) {
        return protos.stream()
                .map(proto -> {
                    try {
                        return fromProto.apply(proto);
                    } catch (CatalogFormatException | IllegalArgumentException e) {
                        throw new CatalogFormatException(kind + " " + name.apply(proto) + ": " + e.getMessage(), e);
                    }
                })
                .toList();
    }
}
