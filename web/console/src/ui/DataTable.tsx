import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ReactNode;
}

export function DataTable<Row>(props: {
  caption: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
}) {
  return (
    <section className="scroll" aria-label={props.caption} tabIndex={0}>
      <Table verticalSpacing="xs" highlightOnHover captionSide="top">
        <Table.Caption ta="start" mt={0} mb={4}>
          {props.caption}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {props.columns.map((column) => (
              <Table.Th key={column.head} scope="col">
                {column.head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.rows.map((row) => (
            <Table.Tr key={props.keyOf(row)}>
              {props.columns.map((column) => (
                <Table.Td key={column.head}>{column.cell(row)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
