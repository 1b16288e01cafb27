/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.DirectBuffer;

@SuppressWarnings("all")
public final class SnapshotHeadDecoder
{
    public static final int BLOCK_LENGTH = 32;
    public static final int TEMPLATE_ID = 1;
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private final SnapshotHeadDecoder parentMessage = this;
    private DirectBuffer buffer;
    private int offset;
    private int limit;
    int actingBlockLength;
    int actingVersion;

    public int sbeBlockLength()
    {
        return BLOCK_LENGTH;
    }

    public int sbeTemplateId()
    {
        return TEMPLATE_ID;
    }

    public int sbeSchemaId()
    {
        return SCHEMA_ID;
    }

    public int sbeSchemaVersion()
    {
        return SCHEMA_VERSION;
    }

    public String sbeSemanticType()
    {
        return "";
    }

    public DirectBuffer buffer()
    {
        return buffer;
    }

    public int offset()
    {
        return offset;
    }

    public SnapshotHeadDecoder wrap(
        final DirectBuffer buffer,
        final int offset,
        final int actingBlockLength,
        final int actingVersion)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;
        this.actingBlockLength = actingBlockLength;
        this.actingVersion = actingVersion;
        limit(offset + actingBlockLength);

        return this;
    }

    public SnapshotHeadDecoder wrapAndApplyHeader(
        final DirectBuffer buffer,
        final int offset,
        final MessageHeaderDecoder headerDecoder)
    {
        headerDecoder.wrap(buffer, offset);

        final int templateId = headerDecoder.templateId();
        if (TEMPLATE_ID != templateId)
        {
            throw new IllegalStateException("Invalid TEMPLATE_ID: " + templateId);
        }

        return wrap(
            buffer,
            offset + MessageHeaderDecoder.ENCODED_LENGTH,
            headerDecoder.blockLength(),
            headerDecoder.version());
    }

    public SnapshotHeadDecoder sbeRewind()
    {
        return wrap(buffer, offset, actingBlockLength, actingVersion);
    }

    public int sbeDecodedLength()
    {
        final int currentLimit = limit();
        sbeSkip();
        final int decodedLength = encodedLength();
        limit(currentLimit);

        return decodedLength;
    }

    public int actingVersion()
    {
        return actingVersion;
    }

    public int encodedLength()
    {
        return limit - offset;
    }

    public int limit()
    {
        return limit;
    }

    public void limit(final int limit)
    {
        this.limit = limit;
    }

    public static int positionId()
    {
        return 1;
    }

    public static int positionSinceVersion()
    {
        return 0;
    }

    public static int positionEncodingOffset()
    {
        return 0;
    }

    public static int positionEncodingLength()
    {
        return 8;
    }

    public static String positionMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long positionNullValue()
    {
        return -9223372036854775808L;
    }

    public static long positionMinValue()
    {
        return -9223372036854775807L;
    }

    public static long positionMaxValue()
    {
        return 9223372036854775807L;
    }

    public long position()
    {
        return buffer.getLong(offset + 0, BYTE_ORDER);
    }


    public static int catalogNumberId()
    {
        return 2;
    }

    public static int catalogNumberSinceVersion()
    {
        return 0;
    }

    public static int catalogNumberEncodingOffset()
    {
        return 8;
    }

    public static int catalogNumberEncodingLength()
    {
        return 8;
    }

    public static String catalogNumberMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long catalogNumberNullValue()
    {
        return -9223372036854775808L;
    }

    public static long catalogNumberMinValue()
    {
        return -9223372036854775807L;
    }

    public static long catalogNumberMaxValue()
    {
        return 9223372036854775807L;
    }

    public long catalogNumber()
    {
        return buffer.getLong(offset + 8, BYTE_ORDER);
    }


    public static int catalogPositionId()
    {
        return 3;
    }

    public static int catalogPositionSinceVersion()
    {
        return 0;
    }

    public static int catalogPositionEncodingOffset()
    {
        return 16;
    }

    public static int catalogPositionEncodingLength()
    {
        return 8;
    }

    public static String catalogPositionMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long catalogPositionNullValue()
    {
        return -9223372036854775808L;
    }

    public static long catalogPositionMinValue()
    {
        return -9223372036854775807L;
    }

    public static long catalogPositionMaxValue()
    {
        return 9223372036854775807L;
    }

    public long catalogPosition()
    {
        return buffer.getLong(offset + 16, BYTE_ORDER);
    }


    public static int partitionsId()
    {
        return 4;
    }

    public static int partitionsSinceVersion()
    {
        return 0;
    }

    public static int partitionsEncodingOffset()
    {
        return 24;
    }

    public static int partitionsEncodingLength()
    {
        return 4;
    }

    public static String partitionsMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long partitionsNullValue()
    {
        return 4294967295L;
    }

    public static long partitionsMinValue()
    {
        return 0L;
    }

    public static long partitionsMaxValue()
    {
        return 4294967294L;
    }

    public long partitions()
    {
        return (buffer.getInt(offset + 24, BYTE_ORDER) & 0xFFFF_FFFFL);
    }


    public static int definitionsId()
    {
        return 5;
    }

    public static int definitionsSinceVersion()
    {
        return 0;
    }

    public static int definitionsEncodingOffset()
    {
        return 28;
    }

    public static int definitionsEncodingLength()
    {
        return 4;
    }

    public static String definitionsMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long definitionsNullValue()
    {
        return 4294967295L;
    }

    public static long definitionsMinValue()
    {
        return 0L;
    }

    public static long definitionsMaxValue()
    {
        return 4294967294L;
    }

    public long definitions()
    {
        return (buffer.getInt(offset + 28, BYTE_ORDER) & 0xFFFF_FFFFL);
    }


    public String toString()
    {
        if (null == buffer)
        {
            return "";
        }

        final SnapshotHeadDecoder decoder = new SnapshotHeadDecoder();
        decoder.wrap(buffer, offset, actingBlockLength, actingVersion);

        return decoder.appendTo(new StringBuilder()).toString();
    }

    public StringBuilder appendTo(final StringBuilder builder)
    {
        if (null == buffer)
        {
            return builder;
        }

        final int originalLimit = limit();
        limit(offset + actingBlockLength);
        builder.append("[SnapshotHead](sbeTemplateId=");
        builder.append(TEMPLATE_ID);
        builder.append("|sbeSchemaId=");
        builder.append(SCHEMA_ID);
        builder.append("|sbeSchemaVersion=");
        if (parentMessage.actingVersion != SCHEMA_VERSION)
        {
            builder.append(parentMessage.actingVersion);
            builder.append('/');
        }
        builder.append(SCHEMA_VERSION);
        builder.append("|sbeBlockLength=");
        if (actingBlockLength != BLOCK_LENGTH)
        {
            builder.append(actingBlockLength);
            builder.append('/');
        }
        builder.append(BLOCK_LENGTH);
        builder.append("):");
        builder.append("position=");
        builder.append(this.position());
        builder.append('|');
        builder.append("catalogNumber=");
        builder.append(this.catalogNumber());
        builder.append('|');
        builder.append("catalogPosition=");
        builder.append(this.catalogPosition());
        builder.append('|');
        builder.append("partitions=");
        builder.append(this.partitions());
        builder.append('|');
        builder.append("definitions=");
        builder.append(this.definitions());

        limit(originalLimit);

        return builder;
    }
    
    public SnapshotHeadDecoder sbeSkip()
    {
        sbeRewind();

        return this;
    }
}
