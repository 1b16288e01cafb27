package io.tilefold.catalog;

import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.proto.catalog.v1.EntitySource;
import io.tilefold.proto.catalog.v1.EventSource;
import io.tilefold.proto.catalog.v1.JoinSource;
import io.tilefold.proto.catalog.v1.Select;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Sources, their queries and metadata: what GroupBys, Joins and StagingQueries share. */
final class SourceCodec {
    private SourceCodec() {}

    static io.tilefold.proto.catalog.v1.Source toProto(Source source) {
        io.tilefold.proto.catalog.v1.Source.Builder proto = io.tilefold.proto.catalog.v1.Source.newBuilder();
        if (source instanceof Source.Events events) {
            EventSource.Builder kind = EventSource.newBuilder()
                    .setTable(events.table())
                    .setQuery(toProto(events.query()))
                    .setCumulative(events.cumulative());
            events.topic().ifPresent(kind::setTopic);
            return proto.setEvents(kind).build();
        }
        if (source instanceof Source.Entities entities) {
            EntitySource.Builder kind = EntitySource.newBuilder()
                    .setSnapshotTable(entities.snapshotTable())
                    .setQuery(toProto(entities.query()));
            entities.mutationTable().ifPresent(kind::setMutationTable);
            entities.mutationTopic().ifPresent(kind::setMutationTopic);
            return proto.setEntities(kind).build();
        }
        Source.JoinOutput output = (Source.JoinOutput) source;
        JoinSource.Builder kind = JoinSource.newBuilder().setJoin(output.join()).setQuery(toProto(output.query()));
        output.topic().ifPresent(kind::setTopic);
        return proto.setJoin(kind).build();
    }

    static Source fromProto(io.tilefold.proto.catalog.v1.Source proto) {
        return switch (proto.getKindCase()) {
            case EVENTS -> {
                EventSource events = proto.getEvents();
                yield new Source.Events(
                        events.getTable(),
                        optional(events.hasTopic(), events.getTopic()),
                        fromProto(events.getQuery()),
                        events.getCumulative());
            }
            case ENTITIES -> {
                EntitySource entities = proto.getEntities();
                yield new Source.Entities(
                        entities.getSnapshotTable(),
                        optional(entities.hasMutationTable(), entities.getMutationTable()),
                        optional(entities.hasMutationTopic(), entities.getMutationTopic()),
                        fromProto(entities.getQuery()));
            }
            case JOIN -> {
                JoinSource join = proto.getJoin();
                yield new Source.JoinOutput(
                        join.getJoin(), fromProto(join.getQuery()), optional(join.hasTopic(), join.getTopic()));
            }
            case KIND_NOT_SET -> throw new CatalogFormatException("a source is not set");
        };
    }

    static io.tilefold.proto.catalog.v1.Query toProto(Query query) {
        io.tilefold.proto.catalog.v1.Query.Builder proto = io.tilefold.proto.catalog.v1.Query.newBuilder()
                .addAllWheres(query.wheres())
                .addAllSetups(query.setups())
                .setPartitionColumn(query.partitionColumn());
        query.selects()
                .forEach((alias, expression) ->
                        proto.addSelects(Select.newBuilder().setAlias(alias).setExpression(expression)));
        query.timeColumn().ifPresent(proto::setTimeColumn);
        query.startPartition().ifPresent(proto::setStartPartition);
        query.endPartition().ifPresent(proto::setEndPartition);
        query.mutationTimeColumn().ifPresent(proto::setMutationTimeColumn);
        query.reversalColumn().ifPresent(proto::setReversalColumn);
        return proto.build();
    }

    static Query fromProto(io.tilefold.proto.catalog.v1.Query proto) {
        Map<String, String> selects = new LinkedHashMap<>();
        for (Select select : proto.getSelectsList()) {
            if (selects.put(select.getAlias(), select.getExpression()) != null) {
                throw new CatalogFormatException("alias " + select.getAlias() + " is selected twice");
            }
        }
        return new Query(
                selects,
                proto.getWheresList(),
                optional(proto.hasTimeColumn(), proto.getTimeColumn()),
                proto.getSetupsList(),
                proto.getPartitionColumn(),
                optional(proto.hasStartPartition(), proto.getStartPartition()),
                optional(proto.hasEndPartition(), proto.getEndPartition()),
                optional(proto.hasMutationTimeColumn(), proto.getMutationTimeColumn()),
                optional(proto.hasReversalColumn(), proto.getReversalColumn()));
    }

    static io.tilefold.proto.catalog.v1.MetaData toProto(MetaData data) {
        return io.tilefold.proto.catalog.v1.MetaData.newBuilder()
                .setTeam(data.team())
                .setDescription(data.description())
                .addAllTags(data.tags())
                .build();
    }

    static MetaData fromProto(io.tilefold.proto.catalog.v1.MetaData proto) {
        return new MetaData(proto.getTeam(), proto.getDescription(), proto.getTagsList());
    }

    static Optional<String> optional(boolean isSet, String value) {
        return isSet ? Optional.of(value) : Optional.empty();
    }
}
