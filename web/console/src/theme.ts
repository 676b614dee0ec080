import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const harbour: MantineColorsTuple = [
  '#e8f4f6',
  '#cfe6ea',
  '#a9d5dc',
  '#8ad3df',
  '#57adbb',
  '#37939f',
  '#1f7b88',
  '#136876',
  '#0b5563',
  '#063e49',
];

export const theme = createTheme({
  colors: { harbour },
  primaryColor: 'harbour',
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  defaultRadius: 'sm',
  fontFamily: 'system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, monospace',
  headings: { fontWeight: '650' },
  respectReducedMotion: true,
});

// Mantine's grey for secondary text is too pale for WCAG AA on our paper.
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fbfaf7',
    '--mantine-color-text': '#1c2430',
    '--mantine-color-dimmed': '#525c69',
    '--mantine-color-placeholder': '#5f6976',
    '--mantine-color-error': '#9c2b24',
    '--mantine-color-default-border': '#8a8f98',
    '--tutela-card': '#ffffff',
    '--tutela-soft': '#eef1ef',
    '--tutela-line': '#cfd4d6',
    '--tutela-accent': '#0b5563',
    '--tutela-soon': '#7a4a00',
    '--tutela-soon-soft': '#fbf0d9',
    '--tutela-over': '#8f2a23',
    '--tutela-over-soft': '#f9e6e3',
  },
  dark: {
    '--mantine-color-body': '#14181d',
    '--mantine-color-text': '#e9ecef',
    '--mantine-color-dimmed': '#adb5bf',
    '--mantine-color-placeholder': '#9aa3ae',
    '--mantine-color-error': '#ffb0a8',
    '--mantine-color-default': '#1f262d',
    '--mantine-color-default-hover': '#2a333c',
    '--mantine-color-default-border': '#7d8590',
    '--tutela-card': '#1a2027',
    '--tutela-soft': '#232b33',
    '--tutela-line': '#3b454f',
    '--tutela-accent': '#8ad3df',
    '--tutela-soon': '#f2cd84',
    '--tutela-soon-soft': '#33290f',
    '--tutela-over': '#ffb6ae',
    '--tutela-over-soft': '#3a1f1c',
  },
});
