/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.MutableDirectBuffer;

@SuppressWarnings("all")
public final class SnapshotHeadEncoder
{
    public static final int BLOCK_LENGTH = 32;
    public static final int TEMPLATE_ID = 1;
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private final SnapshotHeadEncoder parentMessage = this;
    private MutableDirectBuffer buffer;
    private int offset;
    private int limit;

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

    public MutableDirectBuffer buffer()
    {
        return buffer;
    }

    public int offset()
    {
        return offset;
    }

    public SnapshotHeadEncoder wrap(final MutableDirectBuffer buffer, final int offset)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;
        limit(offset + BLOCK_LENGTH);

        return this;
    }

    public SnapshotHeadEncoder wrapAndApplyHeader(
        final MutableDirectBuffer buffer, final int offset, final MessageHeaderEncoder headerEncoder)
    {
        headerEncoder
            .wrap(buffer, offset)
            .blockLength(BLOCK_LENGTH)
            .templateId(TEMPLATE_ID)
            .schemaId(SCHEMA_ID)
            .version(SCHEMA_VERSION);

        return wrap(buffer, offset + MessageHeaderEncoder.ENCODED_LENGTH);
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

    public SnapshotHeadEncoder position(final long value)
    {
        buffer.putLong(offset + 0, value, BYTE_ORDER);
        return this;
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

    public SnapshotHeadEncoder catalogNumber(final long value)
    {
        buffer.putLong(offset + 8, value, BYTE_ORDER);
        return this;
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

    public SnapshotHeadEncoder catalogPosition(final long value)
    {
        buffer.putLong(offset + 16, value, BYTE_ORDER);
        return this;
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

    public SnapshotHeadEncoder partitions(final long value)
    {
        buffer.putInt(offset + 24, (int)value, BYTE_ORDER);
        return this;
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

    public SnapshotHeadEncoder definitions(final long value)
    {
        buffer.putInt(offset + 28, (int)value, BYTE_ORDER);
        return this;
    }


    public String toString()
    {
        if (null == buffer)
        {
            return "";
        }

        return appendTo(new StringBuilder()).toString();
    }

    public StringBuilder appendTo(final StringBuilder builder)
    {
        if (null == buffer)
        {
            return builder;
        }

        final SnapshotHeadDecoder decoder = new SnapshotHeadDecoder();
        decoder.wrap(buffer, offset, BLOCK_LENGTH, SCHEMA_VERSION);

        return decoder.appendTo(builder);
    }
}
