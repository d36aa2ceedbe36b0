const theme = localStorage.getItem('haechi:theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
